"""An invented company: its stores, its demand, and the messy files that it would deliver. Entry: `local.simulate`."""
