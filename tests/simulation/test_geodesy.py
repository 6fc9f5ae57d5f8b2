"""Coordinates against the exact formulas the other way round."""

from __future__ import annotations

import numpy as np

from tests.simulation.geodesy import geodetic_from_ecef, rotate_to_local


def test_geodetic_coordinates_against_known_places() -> None:
    """Heights and angles back through the exact forward formula, poles and the southern hemisphere included."""
    latitude, longitude, height = (
        np.array([0.0, 37.72, 90, -33.9, 89.999]),
        np.array([0.0, -122.47, 0, 151.2, 10]),
        np.array([0.0, 31.6, 5, 8848, -100]),
    )
    lat, lon = np.radians(latitude), np.radians(longitude)
    e2 = (1 / 298.257223563) * (2 - 1 / 298.257223563)
    normal = 6378137.0 / np.sqrt(1 - e2 * np.sin(lat) ** 2)
    flat = (normal + height) * np.cos(lat)
    positions = np.column_stack((flat * np.cos(lon), flat * np.sin(lon), (normal * (1 - e2) + height) * np.sin(lat)))
    found = geodetic_from_ecef(positions)
    np.testing.assert_allclose(found[0], latitude, atol=1e-9)
    np.testing.assert_allclose(found[1], longitude, atol=1e-9)
    np.testing.assert_allclose(found[2], height, atol=1e-4)


def test_rotation_keeps_lengths_and_undoes_the_orientation() -> None:
    quaternions = np.array([[0.5, 0.5, 0.5, 0.5], [1, 0, 0, 0]])
    np.testing.assert_allclose(rotate_to_local(quaternions, np.array([[0.0, 1, 0], [1, 2, 3]])), [[1, 0, 0], [1, 2, 3]])
