"""All settings, in one file, from the environment. See docs/operating.md for the variables."""

from __future__ import annotations

from pathlib import Path

import django_stubs_ext
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from antifake.detectors.photos.model_slot import configure as configure_photo_model
from ewtp import embedded, env, guards, logs

# Django's generic classes (ModelAdmin[Case], Field[str, str]) can then be written at run time.
django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent

# Where we run ---------------------------------------------------------------------------
DEBUG = env.flag("EWTP_DEBUG")
DEMO = env.flag("EWTP_DEMO")
PROFILE = env.text("EWTP_PROFILE", "demo")
PRODUCTION = env.flag("EWTP_PRODUCTION")
ALLOWED_HOSTS = env.listed("EWTP_HOSTS", "127.0.0.1,localhost,[::1]")
CSRF_TRUSTED_ORIGINS = env.listed("EWTP_ORIGINS")
SITE_URL = env.text("EWTP_SITE_URL", "http://127.0.0.1:8000")

# Secrets: known ones for the demo and tests on this very machine; others bring their own.
LOCAL = not PRODUCTION and guards.are_loopback(ALLOWED_HOSTS)
SECRET_KEY = env.text("EWTP_SECRET_KEY", "demo-only-" + "k" * 50 if LOCAL else "")
# Keys of keyed hashes and of sealed fields (accounts/sealing.py).
PEPPER = env.text("EWTP_PEPPER", "demo-only-pepper" if LOCAL else "")
SEALING_KEY = env.text("EWTP_SEALING_KEY", "demo-only-sealing-key" if LOCAL else "")
# The ones before, while `manage.py rotate_keys` renews what they sealed and hashed.
PEPPER_OLD = env.text("EWTP_PEPPER_OLD")
SEALING_KEY_OLD = env.text("EWTP_SEALING_KEY_OLD")
# The key of the seal over decisions, ledger and audit (antifake/transparency), and the one before.
SEAL_KEY = env.text("EWTP_SEAL_KEY", "demo-only-seal-key" if LOCAL else "")
SEAL_KEY_OLD = env.text("EWTP_SEAL_KEY_OLD")
guards.check_secrets(SECRET_KEY, PEPPER, SEALING_KEY, SEAL_KEY, local=LOCAL)
if DEMO and not LOCAL:
    raise ImproperlyConfigured("EWTP_DEMO has public log-ins: EWTP_HOSTS may name loopback only.")
if PRODUCTION:
    guards.check_production(
        debug=DEBUG,
        hosts=ALLOWED_HOSTS,
        origins=CSRF_TRUSTED_ORIGINS,
        site_url=SITE_URL,
        https=env.flag("EWTP_HTTPS", default=True),
    )

# Servers: named by the environment, else the embedded ones -----------------------------
_services = embedded.ensure(PROFILE)
DATABASE_URL = _services.database_url
DATABASE_APP_URL = _services.database_app_url
REDIS_URL = _services.redis_url
# The owner role is for migrations; web and workers log in as a role that owns no table.
DB_ROLE = env.text("EWTP_DB_ROLE", "app")
DATABASES = {"default": env.database(DATABASE_URL if DB_ROLE == "owner" else DATABASE_APP_URL)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "ewtp.apps.EwtpConfig",
    "marketplace.storefront",
    "marketplace.trust",
    "marketplace.care",
    "marketplace.quotes",
    "marketplace.talk",
    "marketplace.orders",
    "marketplace.listings",
    "marketplace.trade",
    "marketplace.shops",
    "marketplace.ledger",
    "marketplace.reasons",
    "marketplace.inbox",
    "marketplace.hooks",
    "marketplace.developers",
    "marketplace.accounts",
    "marketplace.rulebook",
    "marketplace.outbox",
    "credit.loans",
    "credit.scoring",
    "antifake.transparency",
    "antifake.inspections",
    "antifake.reports",
    "antifake.notices",
    "antifake.cases",
    "antifake.references",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_htmx",
    "csp",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "import_export",
]

MIDDLEWARE = [
    "ewtp.middleware.RequestIdMiddleware",
    "marketplace.developers.ground.problems.ProblemMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "ewtp.middleware.NoNulMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "marketplace.accounts.door.GuardMiddleware",
    "marketplace.accounts.door.DoorMiddleware",
    "marketplace.orders.visitors.CartMiddleware",
    "ewtp.middleware.VaryOnHtmxMiddleware",
]

ROOT_URLCONF = "ewtp.urls"
WSGI_APPLICATION = "ewtp.wsgi.application"
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
                "ewtp.context.site",
            ],
            "builtins": ["marketplace.storefront.templatetags.trade"],
        },
    }
]

# People ---------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["marketplace.accounts.backends.AccountBackend"]
# How many passwords a web process hashes at once: 19 MiB and a processor each.
HASHING_AT_ONCE = env.number("EWTP_HASHING_AT_ONCE", 2)
PASSWORD_HASHERS = [
    "marketplace.accounts.hashing.BoundedArgon2",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 8},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "accounts:me"
LOGOUT_REDIRECT_URL = "storefront:home"
ACCOUNT_ADAPTER = "marketplace.accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email", "phone"}
# allauth asks for the star because addresses are proved; accounts.forms.SignUpForm asks for one
# of the two.
ACCOUNT_SIGNUP_FIELDS = ["phone", "email*", "password1*"]
ACCOUNT_FORMS = {
    "signup": "marketplace.accounts.forms.SignUpForm",
    "login": "marketplace.accounts.forms.LogInForm",
}
# A code by SMS or mail is the way back in for people who have no e-mail address.
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_PHONE_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
# Who signs up by e-mail proves the address by a mailed code: then a new address and one that
# has an account already get the same answer.
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = True
# allauth's own limits live in a process's cache; ours (accounts/throttles.py) in PostgreSQL.
ACCOUNT_RATE_LIMITS = MFA_RATE_LIMITS = False
# A sensitive change needs a log-in, a password or a code not older than this.
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 15 * 60
# The second factor: staff must, others may (accounts/door.py).
MFA_ADAPTER = "marketplace.accounts.adapter.MfaAdapter"
MFA_FORMS = {
    "authenticate": "marketplace.accounts.forms.SecondFactorForm",
    "reauthenticate": "marketplace.accounts.forms.SecondFactorAgainForm",
}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
# Nobody signs in by an address of his own choosing that he has not proved, so the second factor
# cannot be used to keep the true holder of an address out.
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_TOTP_TOLERANCE = 1  # one step of 30 s either way, as RFC 6238 section 5.2 recommends
# An e-mail address or a phone number is enough; the sign-up form asks for one of them.
SILENCED_SYSTEM_CHECKS = ["account.W001"]
# Carriers of mail and SMS (accounts/providers); the sandbox delivers nothing and keeps a book.
_CARRIERS = "marketplace.accounts.providers."
MAIL_PROVIDER = env.text(
    "EWTP_MAIL_PROVIDER",
    _CARRIERS + ("django_mail.DjangoMail" if PRODUCTION else "sandbox.SandboxMail"),
)
SMS_PROVIDER = env.text("EWTP_SMS_PROVIDER", _CARRIERS + "sandbox.SandboxSms")

# Sessions, throttles and caches live in Postgres or process memory: never wait for Redis.
SESSION_ENGINE = "marketplace.accounts.sessions"
SESSION_COOKIE_AGE = env.number("EWTP_SESSION_DAYS", 30) * 86_400
STAFF_SESSION_SECONDS = env.number("EWTP_STAFF_SESSION_HOURS", 12) * 3600
STAFF_IDLE_SECONDS = env.number("EWTP_STAFF_IDLE_MINUTES", 30) * 60
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "OPTIONS": {"MAX_ENTRIES": 2_000},
    }
}

# Language and time ----------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English"))]
FORMAT_MODULE_PATH = ["ewtp.formats"]
LOCALE_PATHS = [BASE_DIR / "ewtp" / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True

# Files ----------------------------------------------------------------------------------
STATIC_URL = "static/"
STATIC_ROOT = Path(env.text("EWTP_STATIC_ROOT", str(BASE_DIR / ".staticfiles")))
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = Path(env.text("EWTP_MEDIA_ROOT", str(BASE_DIR / ".media" / PROFILE)))
MEDIA_URL = "photos/"
# Uploads as they came, kept while a case needs them: no server may ever serve this folder.
ORIGINALS_ROOT = Path(env.text("EWTP_ORIGINALS_ROOT", f"{MEDIA_ROOT}-originals"))
# Heads of the seal, one a line: on another machine's disk the database's owner cannot reach them.
SEAL_FILE = Path(env.text("EWTP_SEAL_FILE", f"{MEDIA_ROOT}-seal/heads.log"))
# Arrays of all photos' descriptors that workers map into memory; made anew from Postgres.
PHOTO_INDEX_ROOT = Path(env.text("EWTP_PHOTO_INDEX_ROOT", f"{MEDIA_ROOT}-index"))
# An operator's own network instead of the small one that is shipped; set before any detector
# is imported, because it is part of the descriptors' version.
configure_photo_model(env.text("EWTP_PHOTO_MODEL"), env.text("EWTP_PHOTO_MODEL_SHA256"))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "originals": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {
            "location": ORIGINALS_ROOT,
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    },
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
FILE_UPLOAD_MAX_MEMORY_SIZE = 2_500_000

# Jobs: Celery carries only a doorbell; the job row in Postgres is the truth --------------
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
# A new process starts cold: it reads its networks and the bank of photos anew.
CELERY_WORKER_MAX_TASKS_PER_CHILD = 1_500
# Celery closes the database's connection around every task unless it is told how often to keep
# it; `run_job` asks whether it still answers. Connecting took a tenth of a check's time.
CELERY_DB_REUSE_MAX = CELERY_WORKER_MAX_TASKS_PER_CHILD
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
# The worker's own connection: stock reconnects, health checks, so that it outlives a broker
# restart, and time-outs, without which one half-open line makes it deaf for ever (kombu 5.7.0
# blocks in a refresh). Doorbells use their own, tight options (outbox/doorbell.py).
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "health_check_interval": 2,
    "socket_timeout": 2.0,
    "socket_connect_timeout": 2.0,
    "socket_keepalive": True,
}
# Publishing may cost a request this long at most when Redis is frozen.
DOORBELL_TIMEOUT_SECONDS = 0.2
DOORBELL_SILENCE_SECONDS = 5.0

# Webhooks (marketplace/hooks): how many receivers are called at once on all machines together,
# and practice receivers (address:port) beside the public internet, for tests and the demo alone.
HOOKS_AT_ONCE = env.number("EWTP_HOOKS_AT_ONCE", 2)
HOOKS_PERMITTED = guards.practice_receivers(
    env.listed("EWTP_HOOKS_PERMITTED"), production=PRODUCTION
)

# Messages to the outside ------------------------------------------------------------------
# A file would keep log-in codes where nobody reads them: production sends by SMTP.
EMAIL_BACKEND = env.text(
    "EWTP_EMAIL_BACKEND",
    f"django.core.mail.backends.{'smtp' if PRODUCTION else 'filebased'}.EmailBackend",
)
EMAIL_HOST, EMAIL_PORT = env.text("EWTP_SMTP_HOST", "localhost"), env.number("EWTP_SMTP_PORT", 25)
EMAIL_HOST_USER = env.text("EWTP_SMTP_USER")
EMAIL_HOST_PASSWORD = env.text("EWTP_SMTP_PASSWORD")
EMAIL_USE_TLS = env.flag("EWTP_SMTP_TLS")
EMAIL_TIMEOUT = 10
EMAIL_FILE_PATH = Path(env.text("EWTP_MAIL_ROOT", str(BASE_DIR / ".embedded" / PROFILE / "mail")))
DEFAULT_FROM_EMAIL = env.text("EWTP_FROM_EMAIL", "no-reply@example.org")

# Security -------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
HTTPS = env.flag("EWTP_HTTPS", PRODUCTION)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = HTTPS
# How many proxies of our own stand in front. Only then is X-Forwarded-… believed: the scheme,
# and the visitor's address under which log-in attempts are counted.
ALLAUTH_TRUSTED_PROXY_COUNT = env.number("EWTP_PROXIES", 0)
if ALLAUTH_TRUSTED_PROXY_COUNT:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS

# The API ----------------------------------------------------------------------------------
# Requests a minute: of one token, and of one network without a token.
API_TOKEN_A_MINUTE = env.number("EWTP_API_TOKEN_A_MINUTE", 600)
API_NETWORK_A_MINUTE = env.number("EWTP_API_NETWORK_A_MINUTE", 120)
REST_FRAMEWORK = {
    # A view that is no ApiView (developers/ground/base.py) opens to nobody.
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "marketplace.developers.ground.schema.EndpointSchema",
    "EXCEPTION_HANDLER": "marketplace.developers.ground.problems.answer",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "EWTP API",
    "VERSION": "1",
    "DESCRIPTION": "An open trade platform for small businesses.",
    "OAS_VERSION": "3.0.3",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": False,
    "COMPONENT_SPLIT_PATCH": False,
    "COMPONENT_NO_READ_ONLY_REQUIRED": False,
    "POSTPROCESSING_HOOKS": ["marketplace.developers.ground.schema.complete"],
    "PREPROCESSING_HOOKS": [],
    "DISABLE_ERRORS_AND_WARNINGS": False,
}

LOGGING = logs.config(level=env.text("EWTP_LOG_LEVEL", "INFO"))
