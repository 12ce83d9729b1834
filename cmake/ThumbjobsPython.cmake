# Finds Python and pybind11, for the bindings and their tests.
if(NOT DEFINED Python_EXECUTABLE AND NOT SKBUILD AND EXISTS /usr/bin/python3)
    # The distribution's Python, which its packages are for, and not one that stands first in PATH.
    set(Python_EXECUTABLE /usr/bin/python3)
endif()
set(python_parts Interpreter Development.Module)
if(THUMBJOBS_BUILD_TESTS)
    list(APPEND python_parts Development.Embed)
endif()
find_package(Python 3.9 COMPONENTS ${python_parts})
find_package(pybind11 2.10 CONFIG)
if(NOT Python_FOUND OR NOT pybind11_FOUND)
    message(FATAL_ERROR
        "The Python bindings need Python 3.9 or newer with its headers and pybind11 2.10 or newer. "
        "Install them (Debian: apt-get install python3-dev pybind11-dev), or build without: "
        "-DTHUMBJOBS_BUILD_PYTHON=OFF")
endif()
