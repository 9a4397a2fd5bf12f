"""Run the command line: `python -m tagledger`."""

from tagledger.cli import main

main()
