"""The face to test suites. What needs an extra is imported from its own module."""
