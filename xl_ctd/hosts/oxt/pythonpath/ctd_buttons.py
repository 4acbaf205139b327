def press(context, action):
    pass
