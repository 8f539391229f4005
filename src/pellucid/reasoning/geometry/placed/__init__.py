"""Problems by coordinates, proved by algebra: the family of figures that a given one is of.

`order` finds an order in which points can be made of what is assumed, `family` makes them over any
field, `solving` takes an equation that is left for a parameter, and `prove` decides the goal.
"""
