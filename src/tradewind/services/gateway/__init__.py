"""gateway: the edge. Stateless, any number of them; everything it knows it has read or heard.

Hears  clients; feeds order, marketdata, user, admin; answers of clearing, user, admin     Says  REST, WebSocket
Keeps  nothing (bounded caches)                                                          Vows  A11 A12 A13
"""
