"""A form as its reader meets it: which error stands beside which field."""

from django.http import HttpResponseBase

from tests.support.html import Element, parse


def errors(response: HttpResponseBase) -> dict[str, str]:
    """The error beside each field, by the field's name; each is tied to its control for who listens."""
    found = {}
    for field in parse(response).one("main").all("div", class_="field"):
        for error in field.all("p", class_="wrong-because"):
            control = field.one("input", "select", "textarea")
            assert error.attributes["id"] in control.attributes["aria-describedby"].split()
            assert control.attributes["aria-invalid"] == "true"
            assert "wrong" in field.classes
            found[control.attributes["name"]] = error.text
    return found


def alerts(response: HttpResponseBase) -> list[str]:
    """What is said above the fields."""
    return [each.text for each in parse(response).all("p", role="alert")]


def values(page: Element) -> dict[str, str]:
    """What a browser would send of the page's first form in `main`, if nobody touched it."""
    sent = {}
    for control in page.one("main").all("form")[0].all("input", "select", "textarea"):
        if control.tag == "select":
            chosen = [option for option in control.all("option") if "selected" in option.attributes]
            sent[control.attributes["name"]] = (chosen or control.all("option"))[0].attributes["value"]
        elif control.tag == "textarea":
            sent[control.attributes["name"]] = "".join(map(str, control.children)).removeprefix("\n")
        elif control.attributes.get("type") != "checkbox":
            sent[control.attributes["name"]] = control.attributes.get("value", "")
        elif "checked" in control.attributes:
            sent[control.attributes["name"]] = control.attributes.get("value", "on")
    return sent
