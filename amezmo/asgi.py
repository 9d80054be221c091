"""The web process's entry point (`uvicorn amezmo.asgi:application`)."""

import os
import warnings

from django.conf import settings
from django.core.asgi import get_asgi_application

from amezmo.body_limit import BodyLimit

# WhiteNoise serves small files from memory, one thread hop each; Django warns of it at every start.
warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous iterators")

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "amezmo.settings")

application = BodyLimit(get_asgi_application(), settings.AMEZMO_BODY_LIMIT)
