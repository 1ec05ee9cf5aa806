"""Company names that nobody has: two word lists combined, and a handful that give software trouble."""

from __future__ import annotations

import itertools
import random
import re

_FIRST = """
Alder Amber Anchor Antler Aspen Barley Basalt Beacon Birch Bramble Brindle Cinder Clover Cobble Copper
Coral Cotter Cygnet Dapple Drift Dusk Ember Fallow Fathom Fennel Fern Flint Foxglove Gable Garnet Hazel
Heron Hollow Indigo Ivory Juniper Kestrel Lantern Larch Linden Lumen Maple Marlow Meadow Merrin Mica
Nettle Nimbus Oriel Osprey Pebble Pewter Quarry Quill Raven Rowan Saffron Sable Sedge Sorrel Tallow
Tamarack Thistle Umber Vesper Walnut Willow Wren Yarrow Zephyr
"""
_SECOND = """
Analytics Apparel Bakery Bikes Books Brewing Cabinets Ceramics Clinics Coffee Commerce Couriers Dairy
Dental Education Energy Events Farms Films Fitness Foods Freight Furniture Games Gardens Hardware Homes
Hospitality Instruments Insurance Interiors Jewellery Kitchens Labs Legal Lighting Logistics Media
Mobility Music Optics Outdoor Payroll Pharmacy Photo Press Properties Recruiting Rentals Robotics Sails
Security Software Stables Stationery Studio Textiles Tickets Tools Toys Travel Veterinary Vineyards
Windows Yachts
"""
_FORMS = ("", "", "", "", " Ltd", " Inc.", " GmbH", " BV", " AB", " Oy", " S.L.", " SAS", " Pty Ltd", " & Co")

# Accents, other scripts, apostrophes, commas, quotes and length: what a customer list meets sooner or later.
AWKWARD_NAMES = (
    "Ébénisterie Delorme-Vasseur",
    "Zürcher Käsehäusle AG",
    "Café São Bento Lda",
    "Łódzka Spółka Kwiatowa",
    "Smørrebrød & Søn ApS",
    "Señor Ñandú Viajes",
    "Göğüş Kumaş Atölyesi",
    "Žluťoučký Kůň s.r.o.",
    "Ελαιώνας Καλυψώ",
    "ひかり野デザイン室",
    "O'Malley Fenwick Umbrellas",
    "Peck, Harrow and Finch",
    'The "Odd Sock" Company',
    "Upper Wharfdale Agricultural Cooperative",
)


def combined_names(rng: random.Random, count: int) -> list[str]:
    """That many different company names of plain letters, such as ``Amber Bakery GmbH``."""
    pairs = list(itertools.product(_FIRST.split(), _SECOND.split()))
    return [f"{first} {second}{rng.choice(_FORMS)}" for first, second in rng.sample(pairs, count)]


def slug(name: str) -> str:
    """The first two words of a combined name as a namespace's name: ``amber-bakery``."""
    return "-".join(re.findall(r"[a-z]+", name.lower())[:2])
