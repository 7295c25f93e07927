"""`python -m speechqc`: the same as the command `speechqc`."""

from speechqc.cli.main import main

if __name__ == "__main__":
    main()
