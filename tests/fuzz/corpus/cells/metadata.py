# %% t session=2 minutes=45 tags=["a"
1
# %% u key={"a": [1, 2, {"b": null}]}
2
