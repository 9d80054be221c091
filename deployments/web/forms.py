"""Forms: the models' own checks, as errors beside their fields."""

from typing import Any, cast

from django import forms
from django.conf import settings

from deployments.errors import Failure
from deployments.models import Environment, Hook
from deployments.source import refs

_CODE = {"spellcheck": "false", "autocapitalize": "off", "autocomplete": "off"}


class EnvironmentForm(forms.ModelForm):
    """What can be changed of an environment once it is there."""

    class Meta:
        model = Environment
        fields: tuple[str, ...] = ("repository", "branch", "app_type", "app_domain", "keep_executable")
        widgets = {
            "repository": forms.TextInput(
                attrs={**_CODE, "class": "code wide", "placeholder": "https://example.org/shop.git"}
            ),
            "branch": forms.TextInput(attrs={**_CODE, "class": "code"}),
            "app_domain": forms.TextInput(attrs={**_CODE, "placeholder": "shop.example.org"}),
        }


class NewEnvironmentForm(EnvironmentForm):
    """An environment, and its application if that is new."""

    application = forms.CharField(
        max_length=63,
        help_text="Lower-case letters, digits and hyphens. Environments of one application share a webroot.",
        widget=forms.TextInput(attrs={**_CODE, "list": "applications", "placeholder": "shop"}),
    )
    webroot = forms.CharField(
        max_length=500,
        required=False,
        help_text="An absolute path on this host. Your web server follows its link “current”.",
        widget=forms.TextInput(attrs={**_CODE, "class": "code wide"}),
    )

    field_order = ("application", "name", "repository", "branch", "webroot", "app_type", "app_domain")

    class Meta(EnvironmentForm.Meta):
        fields = ("name", *EnvironmentForm.Meta.fields)
        widgets = {
            **EnvironmentForm.Meta.widgets,
            "name": forms.TextInput(attrs={**_CODE, "placeholder": "production"}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = "environment"
        self.fields["webroot"].widget.attrs["placeholder"] = f"{settings.AMEZMO_WEBROOTS}/shop"

    def add_model_errors(self, errors: dict[str, list[str]]) -> None:
        """Show the errors of the application's own row beside the fields that caused them."""
        for field, messages in errors.items():
            for message in messages:
                self.add_error(field if field in self.fields else None, message)


class HookForm(forms.ModelForm):
    """A script that the dashboard keeps."""

    class Meta:
        model = Hook
        fields = ("event", "name", "script", "position", "seconds", "may_fail", "enabled")
        widgets = {
            "script": forms.Textarea(attrs={**_CODE, "rows": 14, "class": "code wide"}),
            "name": forms.TextInput(attrs={"placeholder": "Warm the cache"}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Its blank lines and its last line end are its own.
        cast(forms.CharField, self.fields["script"]).strip = False

    def clean_script(self) -> str:
        # Browsers send CRLF; what is kept is what Bash reads.
        return str(self.cleaned_data["script"]).replace("\r\n", "\n")


class DeployForm(forms.Form):
    """What to deploy: by default the environment's branch."""

    kind = forms.ChoiceField(
        choices=[("branch", "Branch"), ("tag", "Tag"), ("commit", "Commit")], required=False
    )
    name = forms.CharField(max_length=255, required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        cleaned["wanted"] = None
        if name := cleaned.get("name"):
            try:
                cleaned["wanted"] = refs.wanted(cleaned.get("kind") or "branch", name)
            except Failure as failure:
                self.add_error("name", str(failure))
        return cleaned
