"""Pages of surveys: the list of an engagement's, the results of one, its file."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts import permissions
from accounts.access import actor_of, find, guarded
from accounts.limits import costly
from accounts.transitions import new_form_key, once_per_form
from engagements.models import Engagement
from engagements.survey import selectors, services
from engagements.survey.correction.history import with_changes
from engagements.survey.day.page import is_hidden
from engagements.survey.day.preparation import read
from engagements.survey.forms import AgainForm, ImportForm, NewSurveyForm, ReasonForm, with_faults
from engagements.survey.intake import TooLarge
from engagements.survey.models import Survey
from engagements.survey.plots import screen_hatch
from engagements.survey.results import TABLE_MEASURES, results
from engagements.survey.words import MEASURES
from workflow.errors import BadInput, DoorError
from workflow.incoming import TooMuch


def survey_of(request: HttpRequest, pk: int, action: str = "survey.view") -> Survey:
    """The survey with its engagement and town, or 404."""
    rows = Survey.objects.select_related("engagement__municipality")
    return find(actor_of(request), action, rows, pk=pk)


def _engagement(request: HttpRequest, pk: int) -> Engagement:
    rows = Engagement.objects.select_related("municipality")
    return find(actor_of(request), "engagement.view", rows, pk=pk)


@guarded("survey.view")
def surveys(request: HttpRequest, pk: int) -> HttpResponse:
    """An engagement's surveys; POST keeps a file of records or makes a survey to be typed."""
    engagement = _engagement(request, pk)
    if request.method != "POST":
        return _list(request, engagement)
    try:
        return redirect(once_per_form(request, lambda: _add(request, engagement)))
    except DoorError as refusal:
        return _refused(request, engagement, refusal)


def _add(request: HttpRequest, engagement: Engagement) -> str:
    actor, now = actor_of(request), timezone.now()
    if request.POST.get("what") == "new":
        form = NewSurveyForm(request.POST)
        if not form.is_valid():
            raise BadInput({name: list(map(str, found)) for name, found in form.errors.items()})
        return services.create_survey(
            engagement, actor=actor, now=now, **form.cleaned_data
        ).get_absolute_url()
    version = services.import_document(
        engagement, _sent(request), actor=actor, now=now, reason=request.POST.get("reason", "")
    )
    _say_kept(request, version.number)
    return version.survey.get_absolute_url()


def _say_kept(request: HttpRequest, number: int) -> None:
    messages.success(request, _("記録を受け取りました。いまの版は第%(number)s版です。") % {"number": number})


def _sent(request: HttpRequest) -> bytes:
    """The bytes of the file, one more than allowed at most."""
    upload = request.FILES.get("file")
    if upload is None:
        raise BadInput({"file": [_("ファイルを選んでください。")]})
    if upload.size and upload.size > settings.UPLOAD_MAX_BYTES:
        raise TooLarge
    return bytes(upload.read())


def _refused(request: HttpRequest, engagement: Engagement, refusal: DoorError) -> HttpResponse:
    fields = refusal.fields if isinstance(refusal, BadInput) else {"": [str(refusal)]}
    if request.POST.get("what") == "new":
        form = with_faults(NewSurveyForm(request.POST), fields)
        return _list(request, engagement, refusal.status, new_form=form, new_open=True)
    return _list(
        request, engagement, refusal.status, import_form=import_refused(request, refusal), refusal=refusal
    )


def import_refused(request: HttpRequest, refusal: DoorError) -> ImportForm:
    """The form as it was sent. A document's faults by path stand in a list of their own, not at a field."""
    form = ImportForm(request.POST, request.FILES)
    fields = refusal.fields if isinstance(refusal, BadInput) else {}
    if hasattr(refusal, "faults"):
        fields = {"file": [_("このファイルは受け取れません。下の箇所を直して、もう一度選んでください。")]}
    if isinstance(refusal, TooMuch):
        fields = {"file": [str(refusal)]}
    form.is_valid()
    for name, sentences in fields.items():
        form.errors.pop(name, None)
        for sentence in sentences:
            form.add_error(name if name in form.fields else None, sentence)
    return form


def _list(request: HttpRequest, engagement: Engagement, status: int = 200, **more: Any) -> HttpResponse:
    listed = list(selectors.surveys_of(engagement))
    following = max((survey.round for survey in listed), default=0) + 1
    context = {
        "engagement": engagement,
        "surveys": listed,
        "may_record": permissions.allows(actor_of(request), "survey.create", Survey(engagement=engagement)),
        "import_form": ImportForm(),
        "new_form": NewSurveyForm(initial={"round": following}),
        "form_key": new_form_key(),
        "back_url": reverse("engagement-surveys", args=[engagement.pk]),
    }
    return render(request, "survey/list.html", context | more, status=status)


@require_GET
@guarded("survey.view")
def survey(request: HttpRequest, pk: int) -> HttpResponse:
    """The results, or what to do first."""
    return show_survey(request, survey_of(request, pk))


def show_survey(request: HttpRequest, found: Survey, status: int = 200, **more: Any) -> HttpResponse:
    """The results page, also with what was refused on it."""
    actor = actor_of(request)
    version = selectors.latest_version(found)
    document = version.document if version else {}
    if is_hidden(actor, found, document, timezone.now()):
        shown = {"survey": found, "engagement": found.engagement, "reveal_at": read(document).rules.reveal_at}
        return render(request, "survey/hidden.html", shown)
    context = {
        "survey": found,
        "engagement": found.engagement,
        "results": results(found, version, reader=actor),
        "hatch": screen_hatch(),
        "measures": [MEASURES[name] for name in TABLE_MEASURES],
        "versions": with_changes(found, selectors.versions_of(found)),
        "may_record": permissions.allows(actor, "survey.record", found),
        "may_print": permissions.allows(actor, "survey.document", found),
        "may_export": permissions.allows(actor, "survey.export", found),
        "import_form": ImportForm(),
        "form_key": new_form_key(),
    }
    return render(request, "survey/results.html", context | more, status=status)


@require_POST
@guarded("survey.record")
def import_version(request: HttpRequest, pk: int) -> HttpResponse:
    """A file as the next version of this survey."""
    found = survey_of(request, pk, "survey.record")

    def work() -> str:
        reason = request.POST.get("reason", "")
        version = services.import_document(
            found, _sent(request), actor=actor_of(request), now=timezone.now(), reason=reason
        )
        _say_kept(request, version.number)
        return found.get_absolute_url()

    try:
        return redirect(once_per_form(request, work))
    except DoorError as refusal:
        form = import_refused(request, refusal)
        return show_survey(request, found, refusal.status, import_form=form, refusal=refusal)


def as_file(export: services.Export) -> HttpResponse:
    """The records as a download, under their Japanese name."""
    response = HttpResponse(export.data, content_type="application/json; charset=utf-8")
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(export.name)}"
    return response


@require_GET
@guarded("survey.export")
@costly("exports")
def export(request: HttpRequest, pk: int) -> HttpResponse:
    """The records as a file."""
    found = survey_of(request, pk, "survey.export")
    others = request.GET.get("for") == "others"
    return as_file(
        services.export_document(found, actor=actor_of(request), now=timezone.now(), for_others=others)
    )


@guarded("survey.record")
def delete_route(request: HttpRequest, pk: int, route_id: str) -> HttpResponse:
    """Asks why, then takes a route out of the records."""
    found = survey_of(request, pk, "survey.record")
    version = selectors.latest_version(found)
    route = services.part_of(version.document, "routes", route_id) if version else None
    if version is None or route is None:
        return render(
            request, "errors/404.html", {"reasons": [_("この班の記録はもうありません。")]}, status=404
        )
    form = ReasonForm(request.POST or None)
    status = 200
    if request.method == "POST":
        try:
            return redirect(once_per_form(request, lambda: _delete(request, found, route_id)))
        except DoorError as refusal:
            status = refusal.status
            form = with_faults(
                form, refusal.fields if isinstance(refusal, BadInput) else {"": [str(refusal)]}
            )  # type: ignore[assignment]
    context = {
        "survey": found,
        "route": route,
        "form": form,
        "base": version.number,
        "form_key": new_form_key(),
    }
    return render(request, "survey/delete.html", context, status=status)


def _delete(request: HttpRequest, found: Survey, route_id: str) -> str:
    base = request.POST.get("base", "")
    version = services.delete_route(
        found,
        route_id,
        base=int(base) if base.isdigit() else 0,
        actor=actor_of(request),
        now=timezone.now(),
        reason=request.POST.get("reason", ""),
    )
    said = _("班の記録を消しました。いまの版は第%(number)s版です。前の版には残っています。")
    messages.success(request, said % {"number": version.number})
    return found.get_absolute_url()


@guarded("survey.create")
def again(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks for the day, then makes the re-survey with the same personas and scenarios."""
    found = survey_of(request, pk, "survey.create")
    form, status = AgainForm(request.POST or None), 200
    if request.method == "POST":
        try:
            return redirect(once_per_form(request, lambda: _start_again(request, found, form)))
        except DoorError as refusal:
            status = refusal.status
            fields = refusal.fields if isinstance(refusal, BadInput) else {"": [str(refusal)]}
            form = with_faults(form, fields)  # type: ignore[assignment]
    context = {"survey": found, "form": form, "form_key": new_form_key()}
    return render(request, "survey/again.html", context, status=status)


def _start_again(request: HttpRequest, found: Survey, form: AgainForm) -> str:
    if not form.is_valid():
        raise BadInput({})  # the form says it at its fields
    made = services.start_resurvey(
        found, held_on=form.cleaned_data["held_on"], actor=actor_of(request), now=timezone.now()
    )
    messages.success(request, _("再調査を用意しました。場面と家族設定は前の調査と同じです。"))
    return made.get_absolute_url()
