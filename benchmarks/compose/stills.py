"""People of photos: which part of which photo shows one face and no other.

Named by what they look like. The four bald men have six photos each, which show how faces
are grouped; four of each are used, as four actors who are one person.
"""

from __future__ import annotations

Region = tuple[int, int, int, int]
N_STILL_FRAMES = 50

_BALD = {
    "bald-a": ((980, 610, 1330, 1020), (690, 660, 1020, 1120), (690, 1080, 1020, 1540),
               (1050, 975, 1330, 1270)),
    "bald-b": ((480, 335, 820, 720), (20, 0, 290, 330), (0, 280, 290, 640), (0, 1165, 330, 1545)),
    "bald-c": ((800, 300, 1130, 690), (320, 650, 700, 1180), (0, 600, 290, 930),
               (800, 10, 1120, 345)),
    "bald-d": ((1300, 0, 1800, 560), (1760, 345, 1986, 640), (990, 1235, 1340, 1545),
               (1600, 640, 1800, 890)),
}  # fmt: skip

STILLS: dict[str, tuple[str, Region, str | None]] = {
    "red-woman": ("2007_007763", (78, 169, 150, 265), None),
    "elder-man": ("2007_007763", (362, 50, 467, 192), None),
    "striped-man": ("2007_007763", (277, 52, 360, 167), None),
    "floral-woman": ("2007_007763", (297, 204, 384, 319), None),
    "silver-woman": ("2007_007763", (163, 186, 236, 286), None),
    "laughing-girl": ("2008_001009", (105, 29, 259, 198), None),
    "fringe-woman": ("2008_001009", (78, 165, 269, 397), None),
    "suit-man": ("2008_001322", (57, 87, 222, 328), None),
    "curly-woman": ("2008_001322", (190, 154, 341, 355), None),
    "moustache-man": ("2008_001322", (302, 88, 496, 340), None),
    "young-man": ("2008_002079", (0, 172, 112, 296), None),
    "blonde-woman": ("2008_002079", (326, 110, 405, 208), None),
    "jacket-man": ("2008_002470", (248, 134, 355, 288), None),
    "spectacles-man": ("2008_002470", (25, 119, 127, 246), None),
    "ponytail-man": ("2008_002470", (163, 57, 237, 158), None),
    "tie-man": ("2008_002470", (298, 10, 400, 152), None),
    "cyan-man": ("2008_002470", (215, 37, 301, 158), None),
    "grimace-man": ("2008_002506", (206, 20, 330, 292), None),
    "goatee-man": ("2008_002506", (54, 0, 228, 265), None),
    "yellow-man": ("2008_002506", (315, 0, 500, 306), None),
    "student": ("2008_004176", (182, 200, 264, 308), None),
    "hair-girl": ("2008_004176", (142, 89, 197, 190), None),
    "quiff-man": ("2008_004176", (83, 48, 164, 163), None),
    "smiling-woman": ("2008_007676", (352, 102, 427, 208), None),
    "fair-woman": ("2008_007676", (71, 127, 189, 251), None),
    "party-woman": ("2008_007676", (103, 45, 193, 130), None),
    "dreaming-woman": ("2008_007676", (178, 101, 265, 208), None),
    "office-man": ("2009_004587", (96, 0, 274, 217), None),
    "office-woman": ("2009_004587", (231, 232, 365, 407), None),
    "grin-man": ("Tom_Cruise_avp_2014_4", (0, 0, 565, 800), None),
    **{
        f"{person}-{i}": ("bald_guys", region, person)
        for person, regions in _BALD.items()
        for i, region in enumerate(regions)
    },
}
"""Actor -> photo, part of it, and the person if there are other photos of the same one."""
