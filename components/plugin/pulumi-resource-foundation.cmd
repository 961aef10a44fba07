@node "%~dp0launch.cjs" %*
