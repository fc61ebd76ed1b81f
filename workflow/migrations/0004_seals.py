from django.db import migrations, models


def enter_what_there_is(apps, schema_editor):
    """Every stream that has begun, in the order of its first event. Its state of today is the first that is sealed."""
    from workflow.seals import sign

    Event, Head = apps.get_model("workflow", "Event"), apps.get_model("workflow", "StreamHead")
    Birth, Count = apps.get_model("workflow", "StreamBirth"), apps.get_model("workflow", "StreamCount")
    firsts = Event.objects.filter(position=1).order_by("pk").values_list("stream", "hash")
    births = [
        Birth(stream=stream, first=first, number=number, seal=sign("birth", f"{stream}\n{first}\n{number}"))
        for number, (stream, first) in enumerate(firsts, start=1)
    ]
    Birth.objects.bulk_create(births, batch_size=500)
    Count.objects.create(name="streams", last=len(births), seal=sign("count", f"streams\n{len(births)}"))
    heads = list(Head.objects.filter(position__gt=0))
    for head in heads:
        head.seal = sign("head", f"{head.stream}\n{head.position}\n{head.hash}")
    Head.objects.bulk_update(heads, ["seal"], batch_size=500)


class Migration(migrations.Migration):
    dependencies = [
        ("workflow", "0003_turn_code"),
    ]

    operations = [
        migrations.CreateModel(
            name="StreamBirth",
            fields=[
                ("stream", models.CharField(max_length=80, primary_key=True, serialize=False)),
                ("first", models.CharField(max_length=64)),
                ("number", models.PositiveIntegerField(null=True, unique=True)),
                ("seal", models.CharField(max_length=64)),
            ],
        ),
        migrations.CreateModel(
            name="StreamCount",
            fields=[
                ("name", models.CharField(max_length=20, primary_key=True, serialize=False)),
                ("last", models.PositiveIntegerField(default=0)),
                ("seal", models.CharField(default="", max_length=64)),
            ],
        ),
        migrations.AddField("streamhead", "seal", models.CharField(default="", max_length=64)),
        migrations.AddField("outbox", "claimed_by", models.CharField(blank=True, max_length=160)),
        migrations.RunPython(enter_what_there_is, migrations.RunPython.noop, elidable=True),
    ]
