"""Runs the suites of real clients, each in an environment of its own, for their needs clash.

    nox -f tests/clients/noxfile.py             all of them
    nox -f tests/clients/noxfile.py -s boto3    one

The newest versions are taken, from a lower bound on, so that a client which changes is seen to.
"""

from pathlib import Path
from typing import Final

import nox

SIMJOB: Final = ("-e", "../..[aws]")
MOTO: Final = "moto[iam,s3,sts]>=5.2"

nox.options.default_venv_backend = "venv"
nox.options.error_on_missing_interpreters = True


def suite(session: nox.Session, *packages: str) -> None:
    """Install what a suite needs and run it, apart from the settings of whoever starts it."""
    session.install("--no-compile", *SIMJOB, "pytest>=8.3", *packages)
    home = Path(session.create_tmp()).absolute()
    apart = {
        "AIRFLOW_HOME": f"{home}/airflow",
        "AWS_CONFIG_FILE": f"{home}/none",
        "AWS_SHARED_CREDENTIALS_FILE": f"{home}/none",
        "XDG_CONFIG_HOME": f"{home}/none",
    }
    suites = sorted(str(each) for each in Path().glob(f"test_{session.name}*.py"))
    page = Path(f"../../docs/{session.name}.md")
    pages = ["--doctest-glob=*.md", str(page)] if page.exists() else []
    here = ["-c", "pytest.ini", "--rootdir=.", "--confcutdir=."]
    session.run("pytest", *here, *suites, *pages, *session.posargs, env=apart)


@nox.session
def boto3(session: nox.Session) -> None:
    """boto3, and so botocore."""
    suite(session, "boto3>=1.44")


@nox.session
def aiobotocore(session: nox.Session) -> None:
    """aiobotocore, which pins an older botocore."""
    suite(session, "aiobotocore>=3.10")


@nox.session
def awscli(session: nox.Session) -> None:
    """The AWS CLI 1, which pins its botocore; version 2 is in no package index."""
    suite(session, "awscli>=1.46")


@nox.session
def sagemaker_v2(session: nox.Session) -> None:
    """The SageMaker Python SDK 2."""
    suite(session, "sagemaker>=2.257,<3", MOTO)


@nox.session
def airflow(session: nox.Session) -> None:
    """Airflow without its metapackage, and of Amazon's provider what training jobs need."""
    provider = "apache-airflow-providers-amazon>=9.39"
    session.install("--no-compile", "--no-deps", provider)  # leaves out Athena, Redshift, Studio
    suite(
        session,
        "aiobotocore>=3.10",
        "apache-airflow-core>=3.3",
        "apache-airflow-providers-common-compat",
        "apache-airflow-providers-common-sql",
        "boto3",
        "inflection",
        "jsonpath_ng",
        "marshmallow",
        "watchtower",
        MOTO,
    )
