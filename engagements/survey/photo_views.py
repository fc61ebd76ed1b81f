"""Pages of pictures: all of a survey's, one to be judged, and the file itself."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.access import actor_of, guarded
from accounts.transitions import new_form_key, once_per_form
from engagements.survey import photos, selectors
from engagements.survey.models import Photo, Survey
from engagements.survey.views import survey_of
from workflow.errors import BadInput, DoorError


@require_GET
@guarded("survey.record")
def pictures(request: HttpRequest, pk: int) -> HttpResponse:
    """Every picture of a survey with its remark, those to be checked first."""
    found = survey_of(request, pk, "survey.record")
    remarks = _remarks(found)
    rows = Photo.objects.filter(survey=found, removed_at=None).select_related("recorder")
    listed = [(photo, remarks.get(photo.name, "")) for photo in rows]
    listed.sort(key=lambda row: row[0].checked_at is not None)
    context = {"survey": found, "engagement": found.engagement, "photos": listed}
    return render(request, "survey/photos.html", context)


def _remarks(found: Survey) -> dict[str, str]:
    noticed = selectors.observations(selectors.latest_document(found))
    return {item.photo: item.text for item in noticed if item.photo}


@guarded("survey.record")
def picture(request: HttpRequest, pk: int, uid: str) -> HttpResponse:
    """One picture under a net of fields: what is chosen is made unreadable; then it is checked, or goes."""
    found = survey_of(request, pk, "survey.record")
    photo = _photo(found, uid)
    refused, status = "", 200
    if request.method == "POST":
        try:
            return redirect(once_per_form(request, lambda: _act(request, photo)))
        except DoorError as refusal:
            status = refusal.status
            refused = refusal.fields[""][0] if isinstance(refusal, BadInput) else str(refusal)
    context = {
        "survey": found,
        "engagement": found.engagement,
        "photo": photo,
        "remark": _remarks(found).get(photo.name, ""),
        "fields": range(photos.COLUMNS * photos.ROWS),
        "refused": refused,
        "form_key": new_form_key(),
    }
    return render(request, "survey/photo.html", context, status=status)


def _photo(found: Survey, uid: str) -> Photo:
    photo = (
        Photo.objects.filter(survey=found, uid=uid, removed_at=None)
        .select_related("survey__engagement")
        .first()
    )
    if photo is None:
        raise Http404(_("この写真はもうありません。"))
    return photo


def _act(request: HttpRequest, photo: Photo) -> str:
    actor, now, what = actor_of(request), timezone.now(), request.POST.get("what", "")
    listed = reverse("survey-photos", args=[photo.survey_id])
    if what == "cover":
        chosen = [
            int(number) for number in request.POST.getlist("field") if number.isascii() and number.isdigit()
        ]
        photos.cover(photo, chosen, actor=actor, now=now)
        messages.success(request, _("選んだところを隠しました。元には戻せません。"))
        return request.path
    if what == "remove":
        photos.remove(photo, actor=actor, now=now)
        messages.success(request, _("写真を消しました。気づきの文は残っています。"))
        return listed
    photos.check(photo, actor=actor, now=now)
    messages.success(request, _("確かめました。気づきの横に出ます。"))
    return listed


@require_GET
@guarded("survey.view")
def picture_file(request: HttpRequest, pk: int, uid: str) -> HttpResponse:
    """The picture, for the team, and for the others once it was checked."""
    found = survey_of(request, pk)
    photo = photos.readable(actor_of(request), found).get(f"{uid}.jpg")
    if photo is None or not photos.path_of(photo).exists():
        raise Http404(_("この写真はもうありません。"))
    return HttpResponse(photos.path_of(photo).read_bytes(), content_type="image/jpeg")
