from django.db import migrations, models

BEHIND = ("held", "logged", "confirmed", "cancelled")
AGREED = ("agreed", "following_up", "closed")
SAID = "理由を書く欄ができる前の記録です。"


def say_so_where_no_reason_was_asked(apps, schema_editor):
    """What was recorded out of order before reasons were asked shows as such, and not as an order that was kept."""
    engagements = apps.get_model("engagements", "Engagement")
    for engagement in engagements.objects.exclude(state="cancelled").prefetch_related("sessions__kind"):
        rows = sorted(engagement.sessions.all(), key=lambda row: row.kind.number)
        opened = [row.kind.number for row in rows if row.state not in BEHIND]
        if not opened:
            continue
        for row in rows:
            if row.state in BEHIND[:3] and row.kind.number > opened[0]:
                row.order_reason = SAID
                row.save(update_fields=["order_reason"])
        if engagement.state in AGREED and opened[-1] > 1:
            engagement.order_reason = SAID
            engagement.save(update_fields=["order_reason"])


class Migration(migrations.Migration):
    dependencies = [
        ("engagement_sessions", "0006_days_guests_costs"),
        ("engagements", "0003_order_reason"),
    ]

    operations = [
        migrations.AddField(
            model_name="session",
            name="order_reason",
            field=models.CharField(blank=True, max_length=500, verbose_name="順番より先に行った理由"),
        ),
        migrations.RunPython(say_so_where_no_reason_was_asked, migrations.RunPython.noop),
    ]
