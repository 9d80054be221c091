"""Addresses: the dashboard's at the root, Django's admin beside it."""

from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from django.views.generic import RedirectView

from deployments.web.doors import SignOut

handler400 = "deployments.web.errors.bad_request"
handler403 = "deployments.web.errors.permission_denied"
handler404 = "deployments.web.errors.page_not_found"
handler500 = "deployments.web.errors.server_error"

# One door for everybody, in the dashboard's own voice.
admin_sign_in = login_not_required(RedirectView.as_view(pattern_name="sign-in", query_string=True))

urlpatterns = [
    path("admin/login/", admin_sign_in),
    path("admin/logout/", SignOut.as_view()),
    path("admin/", admin.site.urls),
    path("", include("deployments.web.urls")),
]
