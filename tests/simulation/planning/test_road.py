"""Roads on Earth: headings are the integral of curvature, degrees and quaternions those of WGS 84."""

from __future__ import annotations

import numpy as np
import pytest

from tests.simulation.geodesy import geodetic_from_ecef, rotate_to_local
from tests.simulation.planning.road import Road, quaternions

ROAD = Road.draw(np.random.default_rng(3))


def test_heading_is_the_integral_of_curvature_and_bends_are_gentle():
    distance = np.linspace(0, 3000, 30_001)
    curvature = ROAD.curvature(distance)
    turned = np.concatenate([[0], np.cumsum((curvature[1:] + curvature[:-1]) / 2 * 0.1)])
    np.testing.assert_allclose(ROAD.heading(distance), ROAD.heading_rad + turned, atol=1e-6)
    assert np.abs(curvature).max() <= 1 / 4000


def test_a_degree_north_is_as_long_as_on_wgs_84():
    """At 37.7 degrees one of latitude is 110,991 m long, one of longitude 88,189 m, by the series of geodesists."""
    road = Road(37.7, -122.4, 0.0, 0.0, 0.0, 2000.0, 0.0)
    latitude, longitude = road.degrees(np.array([0.0, 88.189]), np.array([110.991, 0.0]))
    assert latitude - 37.7 == pytest.approx([0.001, 0.0], abs=2e-8)
    assert longitude + 122.4 == pytest.approx([0.0, 0.001], abs=2e-8)


@pytest.mark.parametrize("yaw_deg", [0.0, 90.0, 200.0])
def test_a_quaternion_turns_east_and_north_into_forward_and_right(yaw_deg: float):
    """ECEF's axes at latitude 0, longitude 0: up is x, east is y, north is z."""
    yaw = np.radians(yaw_deg)
    forward = np.array([[0.0, np.cos(yaw), np.sin(yaw)]])
    assert geodetic_from_ecef(np.array([[6378137.0, 0, 0]]))[0] == pytest.approx(0)
    turn = np.column_stack(quaternions(np.zeros(1), np.zeros(1), np.array([yaw])))
    np.testing.assert_allclose(rotate_to_local(turn, forward), [[1, 0, 0]], atol=1e-12)
    np.testing.assert_allclose(rotate_to_local(turn, np.array([[1.0, 0, 0]])), [[0, 0, -1]], atol=1e-12)
