"""The dashboard's addresses. What a person does is a resource that is posted to."""

from django.contrib.auth import views as auth
from django.urls import include, path

from deployments.web import deployments, dotenv, environments, hooks, secrets, status
from deployments.web.doors import SignOut

_environment = [
    path("", environments.overview, name="environment"),
    path("deployments", environments.deploy, name="deploy"),
    path("settings", environments.settings, name="environment-settings"),
    path("dotenv", dotenv.index, name="environment-dotenv"),
    path("dotenv/<int:number>", dotenv.version, name="dotenv-version"),
    path("dotenv/<int:number>/raw", dotenv.raw, name="dotenv-raw"),
    path("dotenv/<int:number>/restoration", dotenv.restore, name="dotenv-restoration"),
    path("secrets", secrets.index, name="environment-secrets"),
    path("secrets/<int:pk>/removal", secrets.remove, name="secret-removal"),
    path("hooks", hooks.index, name="environment-hooks"),
    path("hooks/new", hooks.create, name="hook-new"),
    path("hooks/<int:pk>", hooks.edit, name="hook"),
    path("hooks/<int:pk>/removal", hooks.remove, name="hook-removal"),
]

_deployment = [
    path("", deployments.page, name="deployment"),
    path("live", deployments.live, name="deployment-live"),
    path("steps/<int:position>/log", deployments.raw_log, name="step-log"),
]

urlpatterns = [
    path("", environments.home, name="home"),
    path("environments/new", environments.create, name="environment-new"),
    path("environments/<slug:instance>/<slug:name>/", include(_environment)),
    path("deployments/<int:pk>/", include(_deployment)),
    path("sign-in", auth.LoginView.as_view(template_name="sign_in.html"), name="sign-in"),
    path("sign-out", SignOut.as_view(), name="sign-out"),
    path("healthz", status.healthz, name="healthz"),
    path("favicon.ico", status.favicon, name="favicon"),
]
