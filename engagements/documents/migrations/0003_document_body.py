from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("engagement_documents", "0002_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="document",
            name="body",
            field=models.CharField(default="", max_length=80),
            preserve_default=False,
        ),
    ]
