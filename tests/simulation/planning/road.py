"""Where a plan's vehicle is on Earth: a gently curved road, positions in degrees, orientation as quaternions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tests.simulation.geodesy import ECCENTRICITY_2, SEMI_MAJOR_M
from tests.simulation.planning.motion import STEP_S, Array

PLACES = ((37.3861, -122.0839), (37.7210, -122.4724), (34.1478, -118.1445), (32.8801, -117.2340), (38.5449, -121.7405))
"""Latitude and longitude (degrees) at which roads begin; near Californian highways."""


@dataclass(frozen=True)
class Road:
    """A road whose curvature swings as a sine of the distance along it (1/m, positive bends left)."""

    latitude_deg: float
    longitude_deg: float
    altitude_m: float
    heading_rad: float
    curvature_per_m: float
    wavelength_m: float
    phase_rad: float

    @classmethod
    def draw(cls, random: np.random.Generator) -> Road:
        """A random road; radii of 4 km and more, as on highways, so that a bend never looks like a lane change."""
        latitude, longitude = PLACES[random.integers(len(PLACES))]
        return cls(
            latitude_deg=latitude + random.uniform(-0.05, 0.05),
            longitude_deg=longitude + random.uniform(-0.05, 0.05),
            altitude_m=random.uniform(5, 120),
            heading_rad=random.uniform(0, 2 * np.pi),
            curvature_per_m=random.uniform(0.4, 1.0) / 4000,
            wavelength_m=random.uniform(1500, 2500),
            phase_rad=random.uniform(0, 2 * np.pi),
        )

    def curvature(self, distance_m: Array) -> Array:
        """Curvature at a distance along the road, 1/m."""
        return self.curvature_per_m * np.sin(2 * np.pi * distance_m / self.wavelength_m + self.phase_rad)

    def heading(self, distance_m: Array) -> Array:
        """Direction of the road, rad counter-clockwise from east."""
        scale = self.curvature_per_m * self.wavelength_m / (2 * np.pi)
        angle = 2 * np.pi * distance_m / self.wavelength_m + self.phase_rad
        return self.heading_rad + scale * (np.cos(self.phase_rad) - np.cos(angle))

    def positions(self, speed_mps: Array, distance_m: Array, offset_m: Array) -> tuple[Array, Array]:
        """East and north (m) of a vehicle `offset_m` left of the road's line, on the grid of the plan."""
        heading = self.heading(distance_m)
        east = _integral(speed_mps * np.cos(heading)) - offset_m * np.sin(heading)
        north = _integral(speed_mps * np.sin(heading)) + offset_m * np.cos(heading)
        return east, north

    def degrees(self, east_m: Array, north_m: Array) -> tuple[Array, Array]:
        """Latitude and longitude of a position (plane through the road's begin; good for tens of km)."""
        latitude = np.radians(self.latitude_deg)
        root = np.sqrt(1 - ECCENTRICITY_2 * np.sin(latitude) ** 2)
        across = SEMI_MAJOR_M / root
        along = SEMI_MAJOR_M * (1 - ECCENTRICITY_2) / root**3
        return (
            self.latitude_deg + np.degrees(north_m / along),
            self.longitude_deg + np.degrees(east_m / (across * np.cos(latitude))),
        )


def quaternions(latitude_deg: Array, longitude_deg: Array, yaw_rad: Array) -> tuple[Array, Array, Array, Array]:
    """Orientation (w, x, y, z) from Earth-centred axes to forward, right, down of a level vehicle.

    `yaw_rad` is counter-clockwise from east. Turns are: longitude about z, from the pole down to north-east-down about
    y, then the heading (clockwise from north) about down. The same convention as comma2k19's frame_orientations.
    """
    longitude = np.radians(longitude_deg) / 2
    tilt = -(np.radians(latitude_deg) + np.pi / 2) / 2
    heading = (np.pi / 2 - yaw_rad) / 2
    w, x, y, z = (
        np.cos(longitude) * np.cos(tilt),
        -np.sin(longitude) * np.sin(tilt),
        np.cos(longitude) * np.sin(tilt),
        np.sin(longitude) * np.cos(tilt),
    )
    cosine, sine = np.cos(heading), np.sin(heading)
    return w * cosine - z * sine, x * cosine + y * sine, y * cosine - x * sine, z * cosine + w * sine


def _integral(values: Array) -> Array:
    steps = (values[1:] + values[:-1]) / 2 * STEP_S
    return np.concatenate([[0.0], np.cumsum(steps)])
