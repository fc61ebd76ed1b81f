from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("engagement_applications", "0003_call")]

    operations = [
        migrations.AddField(
            model_name="application",
            name="wants_trainee",
            field=models.BooleanField(default=False, verbose_name="研修生の同行を受け入れる"),
        )
    ]
