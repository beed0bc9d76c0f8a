"""`python -m simjob`: the command line without the console script."""

import sys

from simjob.cli import main

sys.exit(main())
