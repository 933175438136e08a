/** Small programs, in Python, that hosts run in tests; and what is known of one that runs. */

/** A process and what it has said so far. */
export interface Running {
  text(): string;
  /** Resolves when it has ended, with all it has said. */
  ended(): Promise<string>;
}

/** `PORT NAME`: says who serves and whom, "NAME ADDRESS"; at /slow the same in five lines, with pauses. */
export const SERVER = `
import http.server, socket, sys, time
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    def do_GET(self):
        line = sys.argv[2] + ' ' + self.client_address[0].removeprefix('::ffff:')
        pieces = [line] if self.path != '/slow' else [line + '\\n'] * 5
        self.send_response(200)
        self.send_header('Content-Length', str(sum(map(len, pieces))))
        self.end_headers()
        for i, piece in enumerate(pieces):
            if i > 0: time.sleep(0.5)
            self.wfile.write(piece.encode())
    def log_message(*_): pass
class Server(http.server.ThreadingHTTPServer):
    address_family = socket.AF_INET6
Server(('::', int(sys.argv[1])), Handler).serve_forever()
`;

/** `ADDRESS PORT SOURCE-PORT`: holds a connection from the port given. */
export const HOLD = `
import socket, sys, time
any = '::' if ':' in sys.argv[1] else ''
s = socket.create_connection((sys.argv[1], int(sys.argv[2])), 5, (any, int(sys.argv[3])))
time.sleep(60)
`;

/** `ADDRESS PORT`: what becomes of a datagram that is sent to a port where nobody listens. */
export const ASK = `
import socket, sys
s = socket.socket(socket.AF_INET6 if ':' in sys.argv[1] else socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(2)
s.connect((sys.argv[1], int(sys.argv[2])))
s.send(b'?')
try: s.recv(100)
except ConnectionRefusedError: print('refused')
except TimeoutError: print('silence')
`;

/** `INTERFACE`: a line for each frame that comes in, "SOURCE>DESTINATION TYPE PROTOCOL", protocol that of an IP packet. */
export const LISTEN = `
import socket, sys
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
s.bind((sys.argv[1], 0))
print('ready', flush=True)
while True:
    frame, (_, _, kind, _, _) = s.recvfrom(65536)
    if kind == socket.PACKET_OUTGOING: continue
    type = frame[12:14].hex()
    proto = {'0800': frame[23:24], '86dd': frame[20:21]}.get(type, b'').hex()
    print(frame[6:12].hex(':') + '>' + frame[0:6].hex(':'), type, proto, flush=True)
`;

/** `INTERFACE NAME`: prints the questions of those who ask for an address by DHCP, and answers with its name, to all, as a server does. */
export const DHCP_SERVER = `
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, sys.argv[1].encode())
s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
s.bind(('', 67))
print('ready', flush=True)
while True:
    question, _ = s.recvfrom(100)
    print(question.decode(), flush=True)
    s.sendto(sys.argv[2].encode(), ('255.255.255.255', 68))
`;

/** `INTERFACE`: a host without addresses asks for one; prints who has answered within a second. */
export const DHCP_CLIENT = `
import socket, sys, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, sys.argv[1].encode())
s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
s.bind(('', 68))
s.sendto(b'discover', ('255.255.255.255', 67))
end = time.time() + 1
while time.time() < end:
    s.settimeout(max(0.01, end - time.time()))
    try: print(s.recv(100).decode(), flush=True)
    except TimeoutError: break
`;

/** `INTERFACE MAC`: says to all on the link that it is a router, which hosts learn as their default gateway. */
export const ROUTER = `
import socket, struct, sys
s = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
number = socket.if_nametoindex(sys.argv[1])
s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, number)
option = bytes([1, 1]) + bytes.fromhex(sys.argv[2].replace(':', ''))
s.sendto(struct.pack('!BBHBBHII', 134, 0, 0, 64, 0, 600, 0, 0) + option, ('ff02::1', 0, 0, number))
`;
