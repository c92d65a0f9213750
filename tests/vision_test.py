"""Pictures: data sets read from files, and transforms, as torchvision has them.

    vision_test.py GRADLIGHT   runs the scripts in tests/vision and compares what they print
    vision_test.py             records it, with torchvision 0.21 and PyTorch 2.6 (and PIL 11: later ones
                               make some pictures smaller along the other side first)
"""

import gzip
import os
import struct
import subprocess
import sys
import tempfile
import unittest

VISION = os.path.join(os.path.dirname(os.path.abspath(__file__)), "vision")
PROGRAM = os.path.abspath(sys.argv[1]) if len(sys.argv) > 1 else None
FILES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte",
         "t10k-labels-idx1-ubyte")
COUNTS = {"train": 20, "t10k": 10}


def file_content(name, count):
    """Pictures that nobody drew: each cell depends on where it is."""
    if "labels" in name:
        return struct.pack(">2xBBi", 8, 1, count) + bytes(i * 7 % 10 for i in range(count))
    cells = bytes((i * i // 7 + i * 31 + 5) % 256 for i in range(count * 28 * 28))
    return struct.pack(">2xBBiii", 8, 3, count, 28, 28) + cells


def write_files(folder, packed=False):
    os.makedirs(folder)
    for name in FILES:
        content = file_content(name, COUNTS[name.split("-")[0]])
        with (gzip.open if packed else open)(
                os.path.join(folder, name + ".gz" * packed), "wb") as file:
            file.write(content)


def script(name):
    with open(os.path.join(VISION, name), encoding="utf-8") as file:
        return file.read()


class Vision(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def path(self, *parts):
        return os.path.join(self.folder.name, *parts)

    def run_code(self, code, *command):
        with open(self.path("lesson.py"), "w", encoding="utf-8") as file:
            file.write(code)
        return subprocess.run([*(command or (PROGRAM, "run", "--allow-read")), self.path("lesson.py")],
                              capture_output=True, text=True, timeout=120, cwd="/",
                              stdin=subprocess.DEVNULL)

    def last_line(self, code):
        return self.run_code(code).stderr.rstrip("\n").split("\n")[-1]

    def test_prints_what_torchvision_prints(self):
        write_files(self.path("data/MNIST/raw"))
        write_files(self.path("data/FashionMNIST/raw"))
        done = self.run_code(script("transforms.py"))
        self.assertEqual(done.stderr, "")
        head, *wanted = script("transforms.expected.txt").split("\n")
        self.assertIn("torchvision 0.21", head)
        for got, want in zip(done.stdout.split("\n"), wanted):
            self.assertEqual(got, want)
        self.assertEqual(done.stdout, "\n".join(wanted))

    def test_the_courses_script_runs_where_the_files_are(self):
        """As the course document has it, from a folder other than the lesson's."""
        for packed in (False, True):
            with self.subTest(packed=packed):
                self.folder.cleanup()
                os.makedirs(self.folder.name)
                write_files(self.path("data/MNIST/raw"), packed)
                done = self.run_code(script("mnist.py"))
                self.assertEqual((done.stdout, done.stderr),
                                 ("Kích thước ảnh: torch.Size([1, 28, 28])\nNhãn: 0\n", ""))

    def test_what_is_missing_is_said(self):
        last = self.last_line(script("mnist.py"))
        self.assertTrue(last.startswith("RuntimeError: Dataset not found. "), last)
        for part in ("without network", self.path("data/MNIST/raw"), *FILES):
            self.assertIn(part, last)
        write_files(self.path("data/MNIST/raw"), packed=True)
        last = self.last_line("from torchvision.datasets import MNIST\nMNIST('./data')\n")
        self.assertIn("You can use download=True to download it: the packed files", last)

    def test_broken_files_are_said(self):
        folder, name = self.path("data/MNIST/raw"), "train-images-idx3-ubyte"
        write_files(folder)
        whole = file_content(name, 20)
        for content, said in ((whole[:-1], "ends too early or too late"), (b"", "does not begin as"),
                              (b"\1" + whole[1:], "does not begin as"), (whole[:9], "IDX"),
                              (b"\0\0\r" + whole[3:], "should be of dtype torch.uint8"),
                              (struct.pack(">2xBBi", 8, 1, 3) + b"abc", "should have 3 dimension")):
            with open(os.path.join(folder, name), "wb") as file:
                file.write(content)
            last = self.last_line(script("mnist.py"))
            self.assertIn(said, last)

    def test_what_is_not_there_says_so_by_name(self):
        write_files(self.path("data/MNIST/raw"))
        hint = "`gradlight doctor --torch` lists what is)"
        start = "from torchvision import datasets, transforms\nimage = datasets.MNIST('data')[0][0]\n"
        for code, said, end in (
                ("from torchvision.transforms import ToPILImage", "cannot import name 'ToPILImage'", hint),
                ("transforms.v2", "module 'torchvision.transforms' has no attribute 'v2'", hint),
                ("import torchvision.models", "No module named 'torchvision.models'", hint),
                ("datasets.CIFAR10", "module 'torchvision.datasets' has no attribute 'CIFAR10'", hint),
                ("image.rotate(5)", "'Image' object has no attribute 'rotate' (Gradlight has no PIL", ""),
                ("image.convert('CMYK')", "mode 'CMYK' is not supported by Gradlight", "")):
            last = self.last_line(start + code)
            self.assertIn(said, last)
            self.assertTrue(last.endswith(end), last)

    def test_a_batch_is_one_step_of_the_lesson(self):
        """How the loader makes its batch of pictures is not shown, only what the lesson does with it."""
        write_files(self.path("data/MNIST/raw"))
        code = ("from torch.utils.data import DataLoader\nfrom torchvision import datasets, transforms\n"
                "data = datasets.MNIST('data', transform=transforms.Compose([transforms.ToTensor(), "
                "transforms.Normalize(0.5, 0.5)]))\nimage, label = data[3]\n"
                "for x, y in DataLoader(data, batch_size=10):\n    z = x.mean()\n")
        done = self.run_code(code, PROGRAM, "run", "--allow-read", "-o", self.path("trace"))
        self.assertEqual(done.stderr, "")
        with open(self.path("trace"), encoding="utf-8") as file:
            trace = file.read()
        self.assertEqual(trace.count('"k":"op"'), 2)
        self.assertEqual(trace.count('"k":"enter"'), 0)
        self.assertEqual(trace.count('"name":"x","t":'), 2)


def record():
    import torch
    import torchvision

    with tempfile.TemporaryDirectory() as folder:
        write_files(os.path.join(folder, "data/MNIST/raw"))
        write_files(os.path.join(folder, "data/FashionMNIST/raw"))
        done = subprocess.run([sys.executable, os.path.join(VISION, "transforms.py")], cwd=folder,
                              capture_output=True, text=True, check=True)
    with open(os.path.join(VISION, "transforms.expected.txt"), "w", encoding="utf-8") as file:
        file.write(f"--- torchvision {torchvision.__version__}, PyTorch {torch.__version__}\n{done.stdout}")


if __name__ == "__main__":
    if PROGRAM:
        unittest.main(argv=sys.argv[:1])
    record()
