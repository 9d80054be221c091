"""Every setting, read from the environment; docs/reference/settings.md lists them.

The defaults are the embedded installation: SQLite, the database as the broker, and
everything that is written kept below one data directory.
"""

import sys
from pathlib import Path

from environs import Env

from amezmo import private_files, secret_key

env = Env()
BASE_DIR = Path(__file__).resolve().parent.parent

# --- where things are kept ---------------------------------------------------------

DATA_DIR = Path(env.str("AMEZMO_DATA_DIR", "") or BASE_DIR / "var").absolute()
try:
    DATA_DIR.mkdir(parents=True, exist_ok=True, mode=0o750)
except OSError as error:
    sys.exit(
        f"{DATA_DIR} can't be made ({error.strerror}). Make it, or set AMEZMO_DATA_DIR to another place: "
        f"sudo install -d -m 750 -o $(id -un) {DATA_DIR}"
    )
private_files.make_directory(DATA_DIR / "run")

# --- the product's own settings ----------------------------------------------------

AMEZMO_GIT_PROTOCOLS = tuple(env.list("AMEZMO_GIT_PROTOCOLS", ["https", "ssh", "file"]))
AMEZMO_WEBROOTS = env.str("AMEZMO_WEBROOTS", "") or str(DATA_DIR / "www")
AMEZMO_DEPLOY_USER = env.str("AMEZMO_DEPLOY_USER", "")
AMEZMO_HOOK_PATH = env.str("AMEZMO_HOOK_PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
AMEZMO_HOOK_SECONDS = env.float("AMEZMO_HOOK_SECONDS", 600.0)
AMEZMO_CONFIGURATION_HOOK_SECONDS = env.float("AMEZMO_CONFIGURATION_HOOK_SECONDS", 15.0)
AMEZMO_HOOK_PROCESSES = env.int("AMEZMO_HOOK_PROCESSES", 1000)
AMEZMO_CONNECT_SECONDS = env.float("AMEZMO_CONNECT_SECONDS", 30.0)
AMEZMO_FETCH_SECONDS = env.float("AMEZMO_FETCH_SECONDS", 1800.0)
AMEZMO_LOG_LIMIT = env.int("AMEZMO_LOG_LIMIT", 20 * 1024 * 1024)
AMEZMO_CLUSTER = env.str("AMEZMO_CLUSTER", "default")
AMEZMO_WORKERS = env.int("AMEZMO_WORKERS", 2)
AMEZMO_FROZEN_SECONDS = env.float("AMEZMO_FROZEN_SECONDS", 15.0)
AMEZMO_SILENCE_SECONDS = env.float("AMEZMO_SILENCE_SECONDS", 15.0)
AMEZMO_STOP_SECONDS = env.float("AMEZMO_STOP_SECONDS", 60.0)

# --- web ---------------------------------------------------------------------------

SECRET_KEY = env.str("AMEZMO_SECRET_KEY", "") or secret_key.load_or_create(DATA_DIR / "secret-key")
# The first encrypts, all decrypt. Kept outside the database: whoever has only that has no secret.
AMEZMO_ENCRYPTION_KEYS_FILE = DATA_DIR / "encryption-keys"
AMEZMO_ENCRYPTION_KEYS: list[str] = env.list("AMEZMO_ENCRYPTION_KEYS", []) or (
    secret_key.load_or_create(AMEZMO_ENCRYPTION_KEYS_FILE, secret_key.for_encryption).split()
)
DEBUG = env.bool("AMEZMO_DEBUG", False)
ALLOWED_HOSTS = env.list("AMEZMO_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS: list[str] = env.list("AMEZMO_ORIGINS", [])
# Counted as it comes in (amezmo/body_limit.py); Django's own limit must not be a lower one.
AMEZMO_BODY_LIMIT = env.int("AMEZMO_BODY_LIMIT", 4 * 1024 * 1024)
DATA_UPLOAD_MAX_MEMORY_SIZE = AMEZMO_BODY_LIMIT

# Behind a proxy that ends TLS and sets X-Forwarded-Proto itself.
AMEZMO_BEHIND_TLS = env.bool("AMEZMO_BEHIND_TLS", False)
if AMEZMO_BEHIND_TLS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 31_536_000
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = AMEZMO_BEHIND_TLS
SESSION_COOKIE_SAMESITE = "Lax"
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "deployments.web.errors.csrf_failure"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "csp",
    "django_htmx",
    "django_q",
    "deployments",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "deployments.web.doors.kept_private",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "deployments.web.doors.SignInRequired",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
ROOT_URLCONF = "amezmo.urls"
ASGI_APPLICATION = "amezmo.asgi.application"
WSGI_APPLICATION = "amezmo.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# --- people ------------------------------------------------------------------------

LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "sign-in"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

# --- data --------------------------------------------------------------------------

DATABASES = {"default": env.dj_db_url("DATABASE_URL", f"sqlite:///{DATA_DIR / 'amezmo.sqlite3'}")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    private_files.make_database(str(DATABASES["default"]["NAME"]))
    # The one combination that never answered "database is locked" under four writers:
    # see docs/explanation/queue-and-database.md.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
else:
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True

REDIS_URL = env.str("REDIS_URL", "")
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
    # django-q2 publishes statistics that nothing here reads: workers say themselves
    # that they live (WorkerHeartbeat).
    "queue-statistics": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"},
}

YEAR = 365 * 24 * 3600
Q_CLUSTER = {
    "name": "amezmo",
    "cluster_name": AMEZMO_CLUSTER,
    "ALT_CLUSTERS": {},
    "workers": AMEZMO_WORKERS,
    "poll": env.float("AMEZMO_QUEUE_POLL", 0.1),
    # A task is a nudge and may come twice; an operation starts by compare-and-set.
    # Neither of these may ever fire: our own deadlines and recovery end what hangs.
    "timeout": 5 * YEAR,
    "retry": 10 * YEAR,
    "ack_failures": True,
    "max_attempts": 1,
    "queue_limit": 1,
    "bulk": 1,
    "catch_up": False,
    "scheduler": False,
    "guard_cycle": 0.5,
    "save_limit": -1,
    "cache": "queue-statistics",
    "log_level": env.str("AMEZMO_QUEUE_LOG_LEVEL", "WARNING"),
    **({"redis": REDIS_URL} if REDIS_URL else {"orm": "default"}),
}

# --- language, time, logs ----------------------------------------------------------

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {"deployments": {"level": env.str("AMEZMO_LOG_LEVEL", "INFO")}},
}
