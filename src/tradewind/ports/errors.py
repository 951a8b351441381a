"""The few ways in which a port fails.

PortError
  Unavailable   surely not done; try again
  Unknown       it may have been done; look before doing it again
  Fenced        you are not the writer any more; drop everything and reload
  Held          somebody else holds the lease
"""


class PortError(Exception):
    """A door to the world failed."""


class Unavailable(PortError):
    pass


class Unknown(PortError):
    pass


class Fenced(PortError):
    pass


class Held(PortError):
    pass
