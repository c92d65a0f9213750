"""Lessons that use devices, run as a user runs them; the devices come out of a plug-in for tests.

    devices_test.py GRADLIGHT PLUGIN FIXTURES [EMULATED]

EMULATED is the plug-in for GPUs, built for the CPU.
"""

import json
import os
import subprocess
import sys
import tempfile
import unittest

PROGRAM, PLUGIN, FIXTURES = (os.path.abspath(path) for path in sys.argv[1:4])
EMULATED = [os.path.abspath(path) for path in sys.argv[4:]]


def gradlight(*words, plugin=PLUGIN):
    return subprocess.run([PROGRAM, *words], capture_output=True, text=True, timeout=60,
                          stdin=subprocess.DEVNULL,
                          env={**os.environ, "GRADLIGHT_CUDA_PLUGIN": plugin})


def run(code, *words, plugin=PLUGIN):
    """(what was printed, the trace's records) of a lesson."""
    with tempfile.TemporaryDirectory() as folder:
        lesson, trace = os.path.join(folder, "lesson.py"), os.path.join(folder, "lesson.trace")
        with open(lesson, "w", encoding="utf-8") as file:
            file.write(code)
        done = gradlight("run", *words, "-o", trace, lesson, plugin=plugin)
        with open(trace, encoding="utf-8") as file:
            return done.stdout, [json.loads(line) for line in file]


def kinds(records, *wanted):
    return [record for record in records if record["k"] in wanted]


def has_landlock():
    _, records = run("0\n")
    return records[0]["box"]["landlock"] > 0


def without_times(record):
    for name in ("ms", "queued", "run"):
        if name in record:
            assert record.pop(name) >= 0
    return record


class Leave(unittest.TestCase):
    CODE = "import torch\nprint(torch.cuda.is_available(), torch.cuda.device_count())\n"

    def test_nothing_is_opened_without_leave(self):
        out, records = run(self.CODE)
        self.assertEqual(out, "False 0\n")
        denied, = kinds(records, "denied")
        device, = kinds(records, "device")
        self.assertEqual((denied["what"], denied["at"][1]), ("gpu", 2))
        self.assertEqual(device, {"k": "device", "device": "cuda", "why": denied["text"]})

    def test_nothing_is_told_when_nobody_asks(self):
        _, records = run("import torch\nx = torch.ones(1).cpu()\nd = torch.device('cuda')\n", "--gpu")
        self.assertEqual(kinds(records, "denied", "device", "memory", "kernel", "copy"), [])

    def test_a_plug_in_that_is_not_there_is_told(self):
        out, records = run(self.CODE, "--gpu", plugin="/nowhere/cuda.so")
        self.assertEqual(out, "False 0\n")
        self.assertIn("there is no /nowhere/cuda.so", kinds(records, "device")[0]["why"])
        self.assertEqual(kinds(records, "denied"), [])


class Recording(unittest.TestCase):
    def test_what_a_device_does_is_told(self):
        """As in the trace that was written by hand, but for times and sizes of memory."""
        with open(os.path.join(FIXTURES, "devices", "lesson.py"), encoding="utf-8") as file:
            out, records = run(file.read(), "--gpu")
        self.assertEqual(out, "20.0\n")
        with open(os.path.join(FIXTURES, "devices.trace"), encoding="utf-8") as file:
            wanted = [json.loads(line) for line in file]
        devices = kinds(records, "device")
        self.assertEqual([device["device"] for device in devices], ["cuda:0", "cuda:1"])
        self.assertEqual(devices[0], {
            "k": "device", "device": "cuda:0", "name": "Opaque device", "capability": "9.0",
            "multiprocessors": 1, "driver": "13.0", "runtime": "12.8", "total": 1 << 32})
        for kind in ("copy", "fallback", "tensor"):
            self.assertEqual([without_times(one) for one in kinds(records, kind)],
                             [without_times(one) for one in kinds(wanted, kind)])
        names = ("o", "b", "n", "p", "device")
        self.assertEqual([[one.get(name) for name in names] for one in kinds(records, "kernel")],
                         [[one.get(name) for name in names] for one in kinds(wanted, "kernel")])
        memory = kinds(records, "memory")
        self.assertTrue(memory and all(one["device"] == "cuda:0" for one in memory))
        self.assertTrue(all(one["used"] <= one["peak"] for one in memory))

    def test_reads_are_told_by_what_they_are_for(self):
        _, records = run("import torch\nx = torch.ones(2, 2, device='cuda')\nprint(x)\nx.tolist()\n"
                         "if x.sum() > 3:\n    y = x.cpu()\nz = y.to('cuda:1')\nw = x.to('cuda:1')\n"
                         "x[x > 2]\nf'{x[0, 0]:.1f}'\n", "--gpu")
        copies = [(one.get("source", "cpu"), one.get("target", "cpu"), one["by"], one["bytes"])
                  for one in kinds(records, "copy")]
        self.assertEqual(copies[:6], [
            ("cuda:0", "cpu", "print", 16), ("cuda:0", "cpu", "tolist", 16),
            ("cuda:0", "cpu", "bool", 1), ("cuda:0", "cpu", "to", 16), ("cpu", "cuda:1", "to", 16),
            ("cuda:0", "cpu", "to", 16)])
        self.assertEqual(copies[6], ("cpu", "cuda:1", "to", 16))
        self.assertTrue(all(one.get("waits", False) == (one.get("target", "cpu") == "cpu")
                            for one in kinds(records, "copy")))
        self.assertEqual(copies[-1][2], "print")

    def test_steps_and_walks_have_their_work(self):
        _, records = run("import torch\nmodel = torch.nn.Linear(2, 1).cuda()\n"
                         "optimizer = torch.optim.Adam(model.parameters())\n"
                         "model(torch.ones(3, 2, device='cuda')).sum().backward()\n"
                         "optimizer.step()\n", "--gpu")
        work = kinds(records, "kernel")
        self.assertTrue(any("p" in one for one in work))
        self.assertTrue(any("b" in one and "n" in one for one in work))
        self.assertTrue(all("b" in one or "o" in one or "p" in one for one in work), work)
        gone = {number for one in kinds(records, "gone") for number in one.get("t", [])}
        self.assertTrue({1, 2} <= gone)  # the parameters as they were on the CPU

    def test_full_speed_works_as_well(self):
        with tempfile.TemporaryDirectory() as folder:
            lesson = os.path.join(folder, "lesson.py")
            with open(lesson, "w", encoding="utf-8") as file:
                file.write("import torch\nprint(torch.ones(2, device='cuda:1') * 3)\n")
            done = gradlight("run", "--no-trace", "--gpu", lesson)
        self.assertEqual(done.stdout, "tensor([3., 3.], device='cuda:1')\n")


TRAINING = """import torch
torch.manual_seed(0)
model = torch.nn.Sequential(torch.nn.Linear(4, 16), torch.nn.ReLU(), torch.nn.Linear(16, 3)).to(device)
optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
x, y = torch.randn(32, 4, device=device), torch.randint(3, (32,), device=device)
for _ in range(15):
    optimizer.zero_grad()
    loss = torch.nn.functional.cross_entropy(model(x), y)
    loss.backward()
    optimizer.step()
print(loss.item())
"""
FAULTS = """import torch
row = torch.nn.functional.embedding(torch.tensor([9], device="cuda"), torch.ones(3, 2, device="cuda"))
print(row)
"""


@unittest.skipUnless(EMULATED, "the plug-in was not built for the CPU")
class Emulated(unittest.TestCase):
    def test_training_comes_to_the_same(self):
        near, _ = run("device = 'cpu'\n" + TRAINING)
        far, records = run("device = 'cuda'\n" + TRAINING, "--gpu", plugin=EMULATED[0])
        self.assertLess(abs(float(near) - float(far)), 1e-5 * float(near))
        self.assertTrue(all(one["run"] > 0 for one in kinds(records, "kernel")))
        read, = [one for one in kinds(records, "copy") if one["by"] == "item"]
        self.assertGreater(read["ms"], 0)

    def test_faults_of_a_device_reach_the_lesson(self):
        """Recording waits for the device before the lesson does."""
        for words in (["--gpu"], ["--gpu", "--no-trace"]):
            with tempfile.TemporaryDirectory() as folder:
                lesson = os.path.join(folder, "lesson.py")
                with open(lesson, "w", encoding="utf-8") as file:
                    file.write(FAULTS)
                done = gradlight("run", *words, lesson, plugin=EMULATED[0])
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            self.assertIn("IndexError: index 9 is out of bounds for dimension 0 with size 3",
                          done.stderr)


if __name__ == "__main__":
    if not has_landlock():
        sys.exit(77)  # the box for a GPU needs it
    unittest.main(argv=sys.argv[:1])
