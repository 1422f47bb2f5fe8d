# The kernels for 64-bit ARM, built on another machine by Debian's cross compiler
# (g++-aarch64-linux-gnu): cmake -DCMAKE_TOOLCHAIN_FILE=src/stepahead/native/aarch64.cmake ...
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
