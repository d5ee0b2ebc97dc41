from fastapi import FastAPI


def put_on(app: FastAPI) -> None:
    pass
