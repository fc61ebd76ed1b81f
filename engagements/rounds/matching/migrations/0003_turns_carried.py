from django.db import migrations

ASKED = ("sent", "accepted", "employer_consented")
UNPUBLISHED = ("open", "solving", "proposed")


def leave_turns_to_offers_and_rounds(apps, schema_editor):
    """Accepted applications of before, for which somebody is asked or whose round decides, have no turn of their own."""
    applications = apps.get_model("engagement_applications", "Application").objects.filter(state="accepted")
    offers = apps.get_model("engagement_rounds", "Offer").objects.filter(state__in=ASKED)
    rounds = apps.get_model("engagement_matching", "Round").objects.filter(state__in=UNPUBLISHED)
    for found in (
        applications.filter(pk__in=offers.values("application")),
        applications.filter(call__in=rounds.values("call")),
    ):
        spans = apps.get_model("workflow", "Span").objects.filter(machine="application", left_at=None)
        spans.filter(state="accepted", object_id__in=found.values("pk")).update(
            turn_role="", turn_scope="", waiter_role="", due_on=None
        )


class Migration(migrations.Migration):
    dependencies = [
        ("engagement_matching", "0002_shortlists"),
        ("engagement_rounds", "0002_consents"),
        ("engagement_applications", "0005_staging"),
        ("workflow", "0002_asked_again"),
    ]

    operations = [
        migrations.RunPython(leave_turns_to_offers_and_rounds, migrations.RunPython.noop),
    ]
