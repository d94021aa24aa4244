"""What a run does apart from waiting: plan, register, decide what serves, publish, sum up. Who calls it is not here."""
