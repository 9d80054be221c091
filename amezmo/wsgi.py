"""For servers that speak WSGI. Live logs need the ASGI entry point instead."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "amezmo.settings")

application = get_wsgi_application()
