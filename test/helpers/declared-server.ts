/**
 * A program that is not Node and serves on the socket it inherits, as one would write it for systemd: it finishes what it has
 * accepted when it is asked to end. It shares its socket, so it waits with `select` and never blocks in `accept`.
 */
export const PYTHON_SERVER = `
import os, select, signal, socket, sys, threading, time

def is_open(fd):
    try:
        os.fstat(fd)
        return True
    except OSError:
        return False

assert os.environ['LISTEN_PID'] == str(os.getpid()), 'LISTEN_PID is not ours'
count = int(os.environ['LISTEN_FDS'])
blocking = [os.get_blocking(fd) for fd in range(3, 3 + count)]
print('inherited', count, os.environ['LISTEN_FDNAMES'], blocking, [fd for fd in range(100) if is_open(fd)], flush=True)

listener = socket.socket(fileno=3)
listener.setblocking(False)
awake, wake = os.pipe()
def stop(number, frame):
    os.write(wake, b'x')
signal.signal(signal.SIGINT, stop)
signal.signal(signal.SIGTERM, stop)

def serve(connection):
    connection.setblocking(True)
    connection.settimeout(10)
    request = b''
    while b'\\r\\n\\r\\n' not in request:
        chunk = connection.recv(65536)
        if not chunk:
            connection.close()
            return
        request += chunk
    time.sleep(0.005)
    body = str(os.getpid()).encode()
    connection.sendall(b'HTTP/1.1 200 OK\\r\\nConnection: close\\r\\nContent-Length: %d\\r\\n\\r\\n%s' % (len(body), body))
    connection.shutdown(socket.SHUT_WR)
    while connection.recv(65536):
        pass
    connection.close()

time.sleep(float(os.environ.get('BOOT_S', '0')))
print('serving', flush=True)
threads = []
while True:
    readable, _, _ = select.select([listener, awake], [], [])
    if awake in readable:
        break
    try:
        connection, _ = listener.accept()
    except BlockingIOError:
        continue
    thread = threading.Thread(target=serve, args=(connection,))
    thread.start()
    threads.append(thread)
listener.close()
for thread in threads:
    thread.join()
print('finished', flush=True)
`;
