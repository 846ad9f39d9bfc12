# A slow line between two tap devices, `near` and `far`, of the network namespace that this runs in: every frame arrives so many
# milliseconds later. For kernels without netem. The devices may be moved to other namespaces; they live as long as this does.
import collections, fcntl, os, select, struct, sys, time

TUNSETIFF, IFF_TAP, IFF_NO_PI = 0x400454CA, 0x0002, 0x1000


def tap(name):
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH", name.encode(), IFF_TAP | IFF_NO_PI))
    return device


delay = float(sys.argv[1]) / 1000
ends = [tap("near"), tap("far")]
under_way = collections.deque()  # (when it arrives, where, frame): of one delay, so in order
print("up", flush=True)
while True:
    wait = None if not under_way else max(0, under_way[0][0] - time.monotonic())
    for end in select.select(ends, [], [], wait)[0]:
        try:
            frame = os.read(end, 65536)
        except OSError:
            continue
        under_way.append((time.monotonic() + delay, ends[1 - ends.index(end)], frame))
    while under_way and under_way[0][0] <= time.monotonic():
        _, end, frame = under_way.popleft()
        try:
            os.write(end, frame)
        except OSError:
            pass  # it is down, or full: as a line does, it loses what it cannot carry
