def description(snapshot):
    return {}
