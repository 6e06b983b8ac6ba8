"""`python -m neurouniv`, the command line where its script is not on the path."""

from neurouniv.cli import main

if __name__ == "__main__":
    main()
