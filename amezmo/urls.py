"""Addresses: the dashboard's at the root, Django's admin beside it."""

from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from django.views.generic import RedirectView

# One door for everybody, in the dashboard's own voice.
admin_sign_in = login_not_required(RedirectView.as_view(pattern_name="sign-in", query_string=True))

urlpatterns = [
    path("admin/login/", admin_sign_in),
    path("admin/", admin.site.urls),
    path("", include("deployments.web.urls")),
]
