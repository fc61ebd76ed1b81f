"""A town's own people: who has which role, invitations, mailboxes of counter sections, handing over."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts import links, permissions
from accounts.access import actor_of, find, guarded, signed_in
from accounts.entry import handing_over, inviting, letters, mailboxes, people
from accounts.entry.forms import HandoverForm, InviteForm, MailboxForm
from accounts.entry.models import Handover, Invitation
from accounts.models import Membership, SectionMailbox, SignedLink, User
from accounts.transitions import form_key, once_per_form
from municipalities.models import Municipality
from workflow.doors import available
from workflow.errors import BadInput, DoorError, GuardsUnmet

TOWN_ROLE_CHOICES = [(role.value, role.label) for role in inviting.TOWN_INVITES]


def show_faults(form: forms.Form, error: DoorError) -> int:
    """Put what a service refused where it was typed; the status to answer with."""
    fields = error.fields if isinstance(error, BadInput) else {"": [str(error)]}
    if isinstance(error, GuardsUnmet):
        fields = {"": [str(item.sentence) for item in error.unmet]}
    for name, sentences in fields.items():
        form.add_error(name if name in form.fields else None, sentences)
    return error.status


def _town(request: HttpRequest, code: str) -> Municipality:
    rows = Municipality.objects.select_related("prefecture")
    return find(actor_of(request), "municipality.people", rows, code=code)


def _url(town: Municipality) -> str:
    return reverse("town-people", args=[town.pk])


@signed_in
def my_town(request: HttpRequest) -> HttpResponse:
    """To the people of the visitor's own town."""
    actor = actor_of(request)
    codes = sorted({code for role in ("contact", "approver") for code in actor.scopes(role, "municipality")})
    return redirect("town-people", codes[0]) if codes else redirect("home")


@guarded("municipality.people")
def town_people(request: HttpRequest, code: str) -> HttpResponse:
    """Everybody of one town on one page."""
    actor, town, today = actor_of(request), _town(request, code), timezone.localdate()
    held = Membership.objects.filter(municipality=town, user__is_active=True).exclude(valid_to__lt=today)
    invitations = Invitation.objects.filter(municipality=town, state__in=("open", "expired"), gives_role=True)
    context = {
        "town": town,
        "members": held.select_related("user").order_by("role", "valid_from", "pk"),
        "invitations": invitations.select_related("invited_by"),
        "handovers": Handover.objects.filter(municipality=town)
        .exclude(state="taken_back")
        .select_related("leaver", "successor", "invitation"),
        "mailboxes": SectionMailbox.objects.filter(municipality=town, valid_to=None),
        "closed_mailboxes": SectionMailbox.objects.filter(municipality=town).exclude(valid_to=None),
        "may_invite": permissions.allows(actor, "invitation.create", Invitation(municipality=town)),
        "may_hand_over": permissions.allows(actor, "handover.plan", Handover(municipality=town)),
        "may_edit": permissions.allows(actor, "mailbox.edit", SectionMailbox(municipality=town)),
    }
    return render(request, "entry/town.html", context)


def _form_page(
    request: HttpRequest, form: forms.Form, title: str, button: str, back: str, **more: Any
) -> HttpResponse:
    status = more.pop("status", 200)
    context = {"form": form, "title": title, "button": button, "back": back, "key": _key(request)} | more
    return render(request, "entry/form.html", context, status=status)


def _key(request: HttpRequest) -> str:
    return form_key(request)


@guarded("invitation.create")
def invite(request: HttpRequest, code: str) -> HttpResponse:
    """A contact invites a colleague of the own town; the office for any town."""
    town = _town(request, code)
    form = InviteForm(
        request.POST if request.method == "POST" else None,
        roles=TOWN_ROLE_CHOICES,
        initial={"role": request.GET.get("role", "contact")},
    )
    return _invite(request, form, town, _url(town))


@guarded("account.manage")
def invite_anybody(request: HttpRequest) -> HttpResponse:
    """The office invites for any town and to any role."""
    data = request.POST if request.method == "POST" else None
    form = InviteForm(
        data, roles=inviting.roles_to_give(actor_of(request)), with_town=True, initial={"role": "contact"}
    )
    return _invite(request, form, None, reverse("accounts"))


def _invite(request: HttpRequest, form: InviteForm, town: Municipality | None, back: str) -> HttpResponse:
    title, button = _("招待する"), _("招待のメールを送る")
    if request.method != "POST":
        return _form_page(request, form, title, button, back)
    if not form.is_valid():
        return _form_page(request, form, title, button, back, status=422)
    invited = inviting.Invited(**{"municipality": town} | form.cleaned_data)

    def work() -> str:
        inviting.invite(invited, actor=actor_of(request), now=timezone.now())
        return back

    try:
        target = once_per_form(request, work)
    except DoorError as error:
        return _form_page(request, form, title, button, back, status=show_faults(form, error))
    messages.success(request, _("招待のメールを送りました。"))
    return redirect(target)


@guarded("invitation.view")
def invitation_page(request: HttpRequest, pk: int) -> HttpResponse:
    rows = Invitation.objects.select_related("municipality__prefecture", "invited_by", "accepted_by")
    invitation = find(actor_of(request), "invitation.view", rows, pk=pk)
    context = {"invitation": invitation, "actions": available(invitation, actor_of(request))}
    return render(request, "entry/invitation.html", context)


class AcceptForm(forms.Form):
    """Name and password of somebody new."""

    use_required_attribute = False

    name = forms.CharField(max_length=80)
    password = forms.CharField(
        max_length=128, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )

    def __init__(self, *args: Any, known: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["name"].label = _("氏名")
        self.fields["password"].label = _("パスワード")
        self.fields["password"].help_text = _("12文字以上。よく使われる言葉は選べません。")
        if known:
            self.fields.clear()


@links.page(letters.INVITE_PURPOSE)
def accept_link(request: HttpRequest, link: SignedLink, token: str) -> HttpResponse:
    """GET shows who invites to what, POST opens the account or adds the role to the one there is."""
    rows = Invitation.objects.select_related("municipality__prefecture", "invited_by")
    invitation = find(actor_of(request), "invitation.view", rows, pk=int(link.scope.partition(":")[2]))
    known = people.account_of(invitation.email)
    data = request.POST if request.method == "POST" else None
    form = AcceptForm(data, known=known is not None, initial={"name": invitation.name})
    shown = {"invitation": invitation, "form": form, "known": known, "sentence": _other(request, link)}
    if request.method != "POST":
        return render(request, "entry/accept.html", shown)
    if shown["sentence"] or not form.is_valid():
        return render(request, "entry/accept.html", shown, status=403 if shown["sentence"] else 422)
    values = {"name": "", "password": ""} | form.cleaned_data
    try:
        inviting.accept(link, invitation, actor=actor_of(request), now=timezone.now(), **values)
    except DoorError as error:
        status = show_faults(form, error)
        return render(request, "entry/accept.html", shown, status=status)
    invitation.refresh_from_db()
    return render(request, "entry/accepted.html", {"invitation": invitation})


def _other(request: HttpRequest, link: SignedLink) -> str:
    """Why the person who is signed in here can't use a link that was sent to somebody else."""
    user = request.user
    if isinstance(user, User) and user.email.lower() != link.address.lower():
        return _("このリンクは%(address)s宛てです。ご本人でないときは使えません。") % {
            "address": link.address
        }
    return ""


@guarded("mailbox.edit")
def add_mailbox(request: HttpRequest, code: str) -> HttpResponse:
    town = _town(request, code)
    return _mailbox(request, town, None)


@guarded("mailbox.edit")
def change_mailbox(request: HttpRequest, pk: int) -> HttpResponse:
    rows = SectionMailbox.objects.select_related("municipality__prefecture")
    mailbox = find(actor_of(request), "mailbox.edit", rows, pk=pk, valid_to=None)
    return _mailbox(request, mailbox.municipality, mailbox)


def _mailbox(request: HttpRequest, town: Municipality, mailbox: SectionMailbox | None) -> HttpResponse:
    back = _url(town)
    initial = {"section": mailbox.section, "email": mailbox.email} if mailbox else None
    form = MailboxForm(request.POST if request.method == "POST" else None, initial=initial)
    title = _("窓口の課のメール")
    if request.method != "POST" or not form.is_valid():
        status = 422 if request.method == "POST" else 200
        return _form_page(request, form, title, _("保存する"), back, status=status)

    def work() -> str:
        values = form.cleaned_data | {"actor": actor_of(request), "now": timezone.now()}
        if mailbox is None:
            mailboxes.add(town, **values)
        else:
            mailboxes.change(mailbox, **values)
        return back

    try:
        target = once_per_form(request, work)
    except DoorError as error:
        return _form_page(request, form, title, _("保存する"), back, status=show_faults(form, error))
    messages.success(request, _("保存しました。"))
    return redirect(target)


@require_POST
@guarded("mailbox.edit")
def close_mailbox(request: HttpRequest, pk: int) -> HttpResponse:
    mailbox = find(actor_of(request), "mailbox.edit", SectionMailbox.objects.all(), pk=pk)
    mailboxes.close(mailbox, actor=actor_of(request), now=timezone.now())
    messages.success(request, _("閉じました。これまでの記録は残ります。"))
    return redirect("town-people", mailbox.municipality_id)


@guarded("handover.plan")
def hand_over(request: HttpRequest, pk: int) -> HttpResponse:
    """What moves is shown first; the second press does it."""
    today = timezone.localdate()
    rows = Membership.objects.exclude(valid_to__lt=today).select_related("user", "municipality__prefecture")
    held = find_membership(request, rows, pk)
    colleagues = User.objects.filter(
        memberships__municipality=held.municipality_id, is_active=True, memberships__in=rows
    )
    form = HandoverForm(
        request.POST if request.method == "POST" else None,
        colleagues=colleagues.exclude(pk=held.user_id).distinct().order_by("name"),
        initial={"effective_on": _first_of_april(today)},
    )
    shown = {"held": held, "form": form, "moving": handing_over.what_moves(held), "key": _key(request)}
    if request.method != "POST":
        return render(request, "entry/hand_over.html", shown)
    if not form.is_valid():
        return render(request, "entry/hand_over.html", shown, status=422)
    if request.POST.get("act") != "do":
        chosen = User.objects.filter(pk=form.cleaned_data["successor"] or 0).first()
        who = chosen.name if chosen else form.cleaned_data["name"] or form.cleaned_data["email"]
        shown |= {"preview": form.cleaned_data, "who": who}
        return render(request, "entry/hand_over.html", shown)
    return _plan(request, held, form, shown)


def _plan(request: HttpRequest, held: Membership, form: HandoverForm, shown: dict[str, Any]) -> HttpResponse:
    values = form.cleaned_data
    successor = handing_over.Successor(
        User.objects.filter(pk=values["successor"] or 0).first(), values["email"], values["name"]
    )

    def work() -> str:
        made = handing_over.plan(
            held,
            successor=successor,
            effective_on=values["effective_on"],
            actor=actor_of(request),
            now=timezone.now(),
        )
        return str(made.get_absolute_url())

    try:
        return redirect(once_per_form(request, work))
    except DoorError as error:
        return render(request, "entry/hand_over.html", shown, status=show_faults(form, error))


def find_membership(request: HttpRequest, rows: Any, pk: int) -> Membership:
    """A role of a town whose handovers the visitor may plan; a foreign one and a missing one give the same 404."""
    held: Membership | None = rows.filter(pk=pk, municipality__isnull=False).first()
    code = held.municipality_id if held else ""
    find(actor_of(request), "municipality.people", Municipality.objects.all(), code=code)
    if held is None:
        raise Http404
    return held


def _first_of_april(today: Any) -> Any:
    year = today.year + (today.month >= 4)
    return today.replace(year=year, month=4, day=1)


@guarded("handover.view")
def handover_page(request: HttpRequest, pk: int) -> HttpResponse:
    rows = Handover.objects.select_related("municipality__prefecture", "leaver", "successor", "invitation")
    handover = find(actor_of(request), "handover.view", rows, pk=pk)
    context = {"handover": handover, "actions": available(handover, actor_of(request))}
    return render(request, "entry/handover.html", context)
