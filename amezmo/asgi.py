"""The web process's entry point (`uvicorn amezmo.asgi:application`)."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "amezmo.settings")

application = get_asgi_application()
