"""Two people from installed packages, the networks, and a small set of pairs."""

from __future__ import annotations

import cv2
import numpy as np
import pytest


@pytest.fixture(scope="session")
def people(tmp_path_factory):
    """A folder with four pictures each of two people, one sub-folder a person, and one picture of a wall."""
    from matplotlib.cbook import get_sample_data
    from skimage.data import astronaut

    folder = tmp_path_factory.mktemp("people")
    hopper = cv2.imread(str(get_sample_data("grace_hopper.jpg", asfileobj=False)))
    portraits = {"astronaut": np.ascontiguousarray(astronaut()[:, :, ::-1]), "admiral": hopper}
    for name, portrait in portraits.items():
        (folder / name).mkdir()
        height, width = portrait.shape[:2]
        for index, margin in enumerate((0, 12, 24, 36)):
            crop = portrait[margin : height - margin, margin : width - margin]
            lit = np.clip(crop.astype(np.float32) * (1 - 0.08 * index), 0, 255).astype(np.uint8)
            cv2.imwrite(str(folder / name / f"{index}.jpg"), lit, [cv2.IMWRITE_JPEG_QUALITY, 92 - 6 * index])
    cv2.imwrite(str(folder / "wall.jpg"), np.full((200, 200, 3), 190, np.uint8))
    (folder / "broken.jpg").write_bytes(b"not a picture at all")
    return folder


@pytest.fixture
def write_pairs(people):
    """Writes a pairs file beside the pictures; returns its path."""
    written = []

    def write(*rows, header="enrolled,live,same_person", name="pairs.csv"):
        file = people / name
        file.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
        written.append(file)
        return file

    yield write
    for file in written:
        file.unlink(missing_ok=True)


GENUINE = [f"{name}/0.jpg,{name}/{index}.jpg,1" for name in ("astronaut", "admiral") for index in (1, 2, 3)]
IMPOSTOR = [f"astronaut/{index}.jpg,admiral/{index}.jpg,0" for index in range(4)]


@pytest.fixture
def rows():
    """Pairs of the two people: six of the same person, four of different ones."""
    return [*GENUINE, *IMPOSTOR]
