"""`manage.py create_environment shop/production --repository … --branch main`."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand

from deployments import operations
from deployments.errors import Failure
from deployments.management.base import needs_database, refuse, refuse_errors
from deployments.models import Environment


class Command(BaseCommand):
    help = "Creates an environment, and its application if that is new."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("environment", metavar="INSTANCE/ENVIRONMENT")
        parser.add_argument("--repository", required=True, metavar="URL")
        parser.add_argument("--branch", default="main", metavar="NAME")
        parser.add_argument("--webroot", default="", metavar="DIR", help="where a new application lives")

    def handle(self, *args: Any, **options: Any) -> None:
        application, slash, name = options["environment"].partition("/")
        if not slash:
            refuse("Name both, with a slash between them: shop/production.")
        needs_database()
        environment = Environment(
            instance=operations.find_or_begin_instance(application),
            name=name,
            repository=options["repository"],
            branch=options["branch"],
        )
        try:
            operations.create_environment(environment, webroot=options["webroot"])
        except Failure as failure:
            refuse(str(failure))
        except ValidationError as error:
            refuse_errors(error)
        self.stdout.write(f"{environment} is there; it will live in {environment.layout.root}.")
        self.stdout.write(f"Deploy it: manage.py deploy {environment}")
