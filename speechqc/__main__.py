from speechqc.cli.main import main

main()
