"""The one thing about the package that pyproject.toml has no words for: the loops of a scan are compiled."""

import sysconfig

from setuptools import Extension, setup

# CFLAGS may say otherwise, but numbers are told from what is none; linked so, the whole process would round otherwise.
EXACT = ["-fno-fast-math"]
LIMITED = not sysconfig.get_config_var("Py_GIL_DISABLED")  # without the lock a Python has no stable interface

setup(
    ext_modules=[
        Extension(
            "menura.search._kernels",
            ["src/menura/search/kernels.c"],
            extra_compile_args=["-O3", "-g0", *EXACT],  # what helps to debug would bear the name of a folder
            extra_link_args=EXACT,
            optional=True,  # without a compiler: NumPy does the same, only slower
            py_limited_api=LIMITED,
        )
    ],
    options={"bdist_wheel": {"py_limited_api": "cp311"}} if LIMITED else {},
)
