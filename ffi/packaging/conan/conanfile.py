"""Conan recipe of libLVS: `conan create ffi/packaging/conan` from a checkout. It needs cargo on PATH."""

import os

from conan import ConanFile
from conan.tools.cmake import CMake, CMakeToolchain, cmake_layout
from conan.tools.files import copy, load


class Lvs(ConanFile):
    name = "lvs"
    description = "Drift-based consensus arithmetic, the same bits on every backend"
    license = "MIT OR Apache-2.0"
    package_type = "library"
    settings = "os", "arch", "compiler", "build_type"
    options = {"shared": [True, False], "gpu": [True, False]}
    default_options = {"shared": True, "gpu": True}

    @property
    def _workspace(self):
        return os.path.join(self.recipe_folder, "..", "..", "..")

    def set_version(self):
        header = load(self, os.path.join(self.recipe_folder, "..", "..", "include", "lvs.h"))
        numbers = dict(line.split()[1:3] for line in header.splitlines() if line.startswith("#define LVS_VERSION_"))
        self.version = ".".join(numbers[f"LVS_VERSION_{part}"] for part in ("MAJOR", "MINOR", "PATCH"))

    def export_sources(self):
        """The workspace as it is in the checkout, without what was built in it."""
        for pattern in ("Cargo.*", "LICENSE*", "*.rs", "*.wgsl", "*.toml", "ffi/*"):
            copy(self, pattern, self._workspace, self.export_sources_folder, excludes=("*target/*", "build*", ".git/*"))

    def layout(self):
        cmake_layout(self)

    def package_id(self):
        # The interface is C: neither compiler nor build type matters to those who link it.
        del self.info.settings.compiler
        del self.info.settings.build_type

    def generate(self):
        toolchain = CMakeToolchain(self)
        toolchain.cache_variables["LVS_SHARED"] = bool(self.options.shared)
        toolchain.cache_variables["LVS_STATIC"] = not self.options.shared
        toolchain.cache_variables["LVS_GPU"] = bool(self.options.gpu)
        toolchain.cache_variables["LVS_CARGO_PROFILE"] = "dev" if self.settings.build_type == "Debug" else "release"
        if os.environ.get("LVS_CARGO_TARGET_DIR"):
            toolchain.cache_variables["LVS_CARGO_TARGET_DIR"] = os.environ["LVS_CARGO_TARGET_DIR"]
        toolchain.generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure(build_script_folder="ffi")
        cmake.build()

    def package(self):
        CMake(self).install()
        copy(self, "LICENSE*", self.source_folder, os.path.join(self.package_folder, "licenses"))

    def package_info(self):
        self.cpp_info.libs = ["lvs"]
        # The package brings its own CMake config, with the targets that README.md names.
        self.cpp_info.set_property("cmake_find_mode", "none")
        self.cpp_info.builddirs = ["lib/cmake/LVS"]
        self.cpp_info.set_property("pkg_config_name", "lvs")
        if not self.options.shared:
            self.cpp_info.system_libs = ["pthread", "m", "dl"]
