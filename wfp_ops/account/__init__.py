"""The Account that a notebook holds: it joins the rooms below. ``connect`` is the way in."""
