"""Settings of an experiment come from a file, and what is none of them is refused."""

import pytest

from menura.errors import UsageError
from menura.training.settings import DualEncoding, FineTuning, PreTraining, Settings, load_settings


def test_settings_from_a_file_replace_the_defaults(tmp_path):
    file = tmp_path / "settings.toml"
    file.write_text("[fine_tuning]\nepochs = 3\nlearning_rate = 1\nprecision = 'bf16'\n[pretraining]\nseed = 0\n")
    assert load_settings(file) == Settings(fine_tuning=FineTuning(epochs=3, learning_rate=1.0, precision="bf16"))
    assert load_settings(None) == Settings("tl-iminet", PreTraining(), FineTuning())
    file.write_text("system = 'dual-encoder'\n[dual_encoder]\nn_steps = 7\n")
    assert load_settings(file) == Settings("dual-encoder", dual_encoder=DualEncoding(n_steps=7))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[fine_tuning]\nepoch = 3", r"no setting is called epoch; the names are learning_rate, .*epochs"),
        ("[pretraining]\nepochs = 2.5", r"epochs is 2\.5; it must be a whole number from 1"),
        ("[fine_tuning]\nbatch_size = 0", "batch_size is 0; it must be a whole number from 1"),
        ("[fine_tuning]\nmomentum = 'high'", "momentum is 'high'; it must be a number from 0"),
        ("[fine_tuning]\nprecision = 'fp8'", "precision is 'fp8'; it must be fp32 or bf16"),
        ("[fine_tuning]\npatience = 3", "patience needs validation_sounds"),
        ("epochs = 3", r"epochs is no table of settings; the tables are \[pretraining\], \[fine_tuning\]"),
        ("system = 'siamese'", "system is 'siamese'; it must be tl-iminet or dual-encoder"),
        ("momentum", "not TOML"),
    ],
)
def test_bad_settings_are_refused(tmp_path, text, message):
    file = tmp_path / "settings.toml"
    file.write_text(text)
    with pytest.raises(UsageError, match=message) as refusal:
        load_settings(file)
    assert str(file) in str(refusal.value)


def test_missing_settings_are_refused(tmp_path):
    with pytest.raises(UsageError, match="no such file"):
        load_settings(tmp_path / "none.toml")
