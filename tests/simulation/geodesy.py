"""Where a vehicle is: Earth-centred (ECEF) coordinates and quaternions to geodetic ones and the vehicle's own frame."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SEMI_MAJOR_M = 6378137.0
FLATTENING = 1 / 298.257223563
"""WGS 84's defining parameters: NGA.STND.0036, table 3.1."""

ECCENTRICITY_2 = FLATTENING * (2 - FLATTENING)


def geodetic_from_ecef(positions_m: Floats) -> tuple[Floats, Floats, Floats]:
    """Latitude (deg), longitude (deg) and ellipsoidal height (m) of ECEF positions, shape (n, 3).

    Bowring's formula (Survey Review 23 (1976) 323-327), one step: exact to 1e-8 m at heights a vehicle has. Not for
    positions near the Earth's centre.
    """
    x, y, z = positions_m.T
    distance = np.hypot(x, y)
    semi_minor = SEMI_MAJOR_M * (1 - FLATTENING)
    parametric = np.arctan2(z * SEMI_MAJOR_M, distance * semi_minor)
    second_2 = ECCENTRICITY_2 / (1 - ECCENTRICITY_2)
    latitude = np.arctan2(
        z + second_2 * semi_minor * np.sin(parametric) ** 3,
        distance - ECCENTRICITY_2 * SEMI_MAJOR_M * np.cos(parametric) ** 3,
    )
    normal = SEMI_MAJOR_M / np.sqrt(1 - ECCENTRICITY_2 * np.sin(latitude) ** 2)
    # Not distance / cos(latitude) - normal: that form fails at the poles.
    height = distance * np.cos(latitude) + z * np.sin(latitude) - SEMI_MAJOR_M**2 / normal
    return np.degrees(latitude), np.degrees(np.arctan2(y, x)), height


def rotate_to_local(quaternions: Floats, vectors: Floats) -> Floats:
    """Vectors (n, 3) given along ECEF's axes, along the local axes that the quaternions (n, 4; w first) stand for.

    A comma2k19 quaternion holds the orientation of the local frame (forward, right, down) in ECEF, so a vector is
    turned by its conjugate: v' = v - 2 w (u x v) + 2 u x (u x v).
    """
    scalar, axis = quaternions[:, :1], quaternions[:, 1:]
    once = 2 * np.cross(axis, vectors)
    return vectors - scalar * once + np.cross(axis, once)
