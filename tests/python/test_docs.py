"""The examples of docs/PYTHON.md."""

import doctest
import os
import unittest

from common import ROOT, needs_full


@needs_full
class Documents(unittest.TestCase):
    def test_the_examples_print_what_they_show(self):
        before = os.getcwd()
        os.chdir(ROOT)
        try:
            found = doctest.testfile(os.path.join(ROOT, "docs", "PYTHON.md"), module_relative=False)
        finally:
            os.chdir(before)
        self.assertEqual(found.failed, 0)
        self.assertGreater(found.attempted, 5)


if __name__ == "__main__":
    unittest.main()
