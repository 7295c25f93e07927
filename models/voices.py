"""Which espeak-ng voice variants the recogniser learns from, and which it is only tested with."""

from __future__ import annotations

# fmt: off
TRAINING_VARIANTS = (
    "m1", "m2", "m3", "m4", "m5", "m6", "m8", "f1", "f2", "f3", "f4", "adam", "Alex", "Alicia", "Andy",
    "Annie", "antonio", "belinda", "benjamin", "boris", "caleb", "david", "Denis", "ed", "edward", "Gene",
    "Gene2", "Henrique", "Hugo", "iven", "iven2", "Jacky", "Lee", "linda", "marcelo", "Marco", "max",
    "Michael", "miguel", "Mike", "norbert", "pablo", "paul", "pedro", "quincy", "rob", "robert", "sandro",
    "shelby", "steph", "steph3", "travis", "victor", "zac", "anika", "klatt", "klatt2", "klatt4",
    "grandpa", "Diogo", "Nguyen", "kaukovalta",
)
TESTING_VARIANTS = ("m7", "f5", "Andrea", "Mario", "john", "steph2", "grandma", "klatt3", "aunty", "edward2")
"""Reserved: never synthesised for training."""
# fmt: on
