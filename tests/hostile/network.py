# === a connection
#: error PermissionError
#: denied socket
import socket
socket.create_connection(("127.0.0.1", @PORT@), 2)

# === a datagram
#: error PermissionError
#: denied socket
import socket
socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", @PORT@))

# === a socket of the machine
#: error PermissionError
#: denied socket
import socket
socket.socket(socket.AF_UNIX).connect("/run/dbus/system_bus_socket")

# === a pair of sockets
#: error PermissionError
import _socket
_socket.socketpair()

# === a page
#: error URLError
#: denied socket
import urllib.request
urllib.request.urlopen("http://127.0.0.1:@PORT@/")

# === a page, with the error caught
#: out URLError
import urllib.request
import urllib.error
try:
    urllib.request.urlopen("http://localhost:@PORT@/train-images-idx3-ubyte.gz")
except (urllib.error.URLError, PermissionError) as refused:
    print("URLError")

# === a name
#: error PermissionError
#: denied socket
import socket
socket.gethostbyname("localhost")

# === a server
#: error PermissionError
#: denied socket
import http.server
http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)

# === a loop of events
#: error PermissionError
import asyncio
asyncio.run(asyncio.sleep(0))

# === a connection past Python
#: out -1 1
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
print(libc.socket(2, 1, 0), ctypes.get_errno())

# === an exotic socket
#: out -1 1
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
print(libc.socket(38, 5, 0), ctypes.get_errno())

# === sockets in a ring
#: out -1 1
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
print(libc.syscall(425, 8, 0), ctypes.get_errno())
