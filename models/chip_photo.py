"""Makes the kinds of portraits that chips and the online check hold, from any face picture.

The second-generation Chinese card stores head and shoulders in 102 × 126 pixels, wavelet-coded (WLT) in about
one kilobyte, before a white wall. That codec is not public; JPEG 2000 is the nearest wavelet codec and is
used here at a given number of bytes. Larger photos are framed the same and coded as their kind usually is.
For evaluation and for the virtual branch, never for a real record.
"""

from __future__ import annotations

import io
import math

import cv2
import numpy as np
import numpy.typing as npt

from models.api import Image

WIDTH, HEIGHT = 102, 126
"""Pixels of the photo on the chip (GA/T 467)."""
EYES_APART = 27.0
"""Pixels between the eyes: the face takes 58 % of the width."""
EYES_AT = (51.0, 60.0)
"""Where the middle between the eyes lies."""
UPRIGHT_MOUTH = 0.9
"""Eyes are never closer than this share of the way from eyes to mouth, so a turned head is not blown up."""
SOFTENING = 0.45
"""Blur before scaling down, in pixels of the result (standard deviation)."""
WALL = 245
"""Grey value of the wall."""
MARGIN = 1.03
"""A coded photo may be this much larger than asked for."""
TRIES = 12
LARGER = 1.75
"""Larger photos against those of the card's chip: 178 × 220 pixels."""
JPEG_QUALITY = 60
"""Of a returned photo: 5 to 8 KB."""
PORTRAIT_BYTES = 12_000
"""Of an e-document's portrait (ICAO 9303-9 names 12 to 20 KB)."""


def chip_photo(image: Image, face_points: npt.NDArray[np.float32], codec_bytes: int | None = None) -> Image:
    """The face with the five `face_points` as a chip photo, 102 × 126 BGR.

    Without `codec_bytes` it is only scaled down; with them the background becomes white as well, and the
    picture is coded at that size and decoded again.
    """
    photo = _scaled(image, face_points.astype(np.float64))
    if codec_bytes is None:
        return photo
    return _decoded(_coded(_before_wall(photo), codec_bytes))


def returned_photo(image: Image, face_points: npt.NDArray[np.float32]) -> Image:
    """The same as the online check may return it: 178 × 220 BGR before a white wall, JPEG."""
    photo = _before_wall(_scaled(image, face_points.astype(np.float64), LARGER))
    _, coded = cv2.imencode(".jpg", photo, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    decoded: Image = cv2.imdecode(coded, cv2.IMREAD_COLOR)  # type: ignore[assignment]
    return decoded


def portrait_photo(image: Image, face_points: npt.NDArray[np.float32]) -> Image:
    """The same as an e-document's chip may hold it: 178 × 220 BGR before a white wall, JPEG 2000."""
    photo = _before_wall(_scaled(image, face_points.astype(np.float64), LARGER))
    return _decoded(_coded(photo, PORTRAIT_BYTES))


def _scaled(image: Image, points: npt.NDArray[np.float64], times: float = 1.0) -> Image:
    """Head and shoulders, softened so that scaling down does not alias; `times` as large as on a chip."""
    middle, mouth = points[:2].mean(axis=0), points[3:5].mean(axis=0)
    apart = max(math.dist(points[0], points[1]), UPRIGHT_MOUTH * math.dist(middle, mouth), 1e-3)
    scale = times * EYES_APART / apart
    if scale < 2 * SOFTENING:
        image = cv2.GaussianBlur(image, (0, 0), SOFTENING / scale)  # type: ignore[assignment]
    shift = times * np.array(EYES_AT) - scale * middle
    transform = np.array([[scale, 0, shift[0]], [0, scale, shift[1]]])
    size = int(times * WIDTH), int(times * HEIGHT)
    result: Image = cv2.warpAffine(  # type: ignore[assignment]
        image, transform, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return result


def _before_wall(photo: Image) -> Image:
    """The person before a white wall: an ellipse for the head, one for the shoulders, soft edges."""
    person = np.zeros((HEIGHT, WIDTH), np.float32)
    cv2.ellipse(person, (51, 64), (36, 52), 0, 0, 360, 1.0, -1)
    cv2.ellipse(person, (51, 150), (60, 42), 0, 0, 360, 1.0, -1)
    share = cv2.GaussianBlur(person, (0, 0), 2.0)
    height, width = photo.shape[:2]
    if (height, width) != share.shape:
        share = cv2.resize(share, (width, height))
    share = share[..., None]
    blended: Image = np.clip(photo * share + WALL * (1 - share), 0, 255).astype(np.uint8)
    return blended


def _coded(photo: Image, codec_bytes: int) -> bytes:
    """JPEG 2000 in at most about `codec_bytes`; the compression rate is searched for."""
    from PIL import Image as Pillow

    picture = Pillow.fromarray(np.ascontiguousarray(photo[..., ::-1]))
    rate = photo.size / codec_bytes
    coded = b""
    for _ in range(TRIES):
        out = io.BytesIO()
        picture.save(
            out, "JPEG2000", quality_mode="rates", quality_layers=[rate], irreversible=True, no_jp2=True
        )
        coded = out.getvalue()
        if len(coded) <= codec_bytes * MARGIN:
            break
        rate *= max(1.01, len(coded) / codec_bytes)
    return coded


def _decoded(coded: bytes) -> Image:
    """Back to BGR."""
    from PIL import Image as Pillow

    with Pillow.open(io.BytesIO(coded), formats=("JPEG2000",)) as picture:
        return np.ascontiguousarray(np.asarray(picture.convert("RGB"))[..., ::-1])
